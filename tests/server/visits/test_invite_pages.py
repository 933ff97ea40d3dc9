"""The part of the call page that asks a colleague in."""

import pytest

from tests.cast import World

pytestmark = pytest.mark.anyio


async def test_the_part_offers_colleagues_says_what_is_missing_and_shows_who_was_asked(site: World) -> None:
    visit_id, _ = await site.visit()
    pcp, brandt = await site.signed_in("pcp"), site.practitioners["psychiatrist"]
    part = (await pcp.get(f"/visits/{visit_id}/invite")).text
    assert f'value="{brandt.id}"' in part
    assert str(site.practitioners["pcp"].id) not in part

    nobody = await pcp.post(f"/visits/{visit_id}/invite", data={"practitioner": "", "agreed": "1"})
    assert (nobody.status_code, "Choose who should come in." in nobody.text) == (422, True)

    asked = await pcp.post(f"/visits/{visit_id}/invite", data={"practitioner": str(brandt.id), "agreed": "1"})
    assert "Dr. L. Brandt" in asked.text
    assert f'value="{brandt.id}"' not in asked.text


async def test_the_visit_is_on_the_today_of_who_was_asked_as_theirs_to_enter(site: World) -> None:
    visit_id, _ = await site.visit()
    psychiatrist = await site.signed_in("psychiatrist")
    assert str(visit_id) not in (await psychiatrist.get("/today")).text
    form = {"practitioner": str(site.practitioners["psychiatrist"].id), "agreed": "1"}
    await (await site.signed_in("pcp")).post(f"/visits/{visit_id}/invite", data=form)
    assert f"/visits/{visit_id}/call" in (await psychiatrist.get("/today")).text


@pytest.mark.parametrize(("who", "status"), [("psychiatrist", 403), ("frontdesk", 403), ("outsider", 404)])
async def test_nobody_but_who_conducts_the_visit_sees_whom_to_ask(site: World, who: str, status: int) -> None:
    visit_id, _ = await site.visit()
    assert (await (await site.signed_in(who)).get(f"/visits/{visit_id}/invite")).status_code == status
