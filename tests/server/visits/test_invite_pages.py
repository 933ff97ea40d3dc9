"""The part of the call page that asks a colleague in, and what the colleague reads on every page."""

import pytest

from server.visits.actions import start_visit
from tests.cast import World
from tests.server.calls.presence import come, lease
from tests.server.visits.invitations import ask, statuses

HTMX = {"HX-Request": "true"}

pytestmark = pytest.mark.anyio


async def test_the_part_offers_colleagues_says_what_is_missing_and_shows_who_was_asked(site: World) -> None:
    visit_id, _ = await site.visit()
    pcp, brandt = await site.signed_in("pcp"), site.practitioners["psychiatrist"]
    part = (await pcp.get(f"/visits/{visit_id}/invite")).text
    assert f'value="{brandt.id}"' in part
    assert str(site.practitioners["pcp"].id) not in part

    nobody = await pcp.post(f"/visits/{visit_id}/invite", data={"practitioner": "", "agreed": "1"})
    assert (nobody.status_code, "Choose who should come in." in nobody.text) == (422, True)
    assert 'name="agreed" value="1" checked' in nobody.text
    unasked = await pcp.post(f"/visits/{visit_id}/invite", data={"practitioner": str(brandt.id)})
    assert f'value="{brandt.id}" selected' in unasked.text

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


async def test_whom_to_ask_says_who_is_there_and_names_them_first(site: World) -> None:
    visit_id, _ = await site.visit()
    await lease(site, "n1")
    await come(site, "caremanager")
    part = (await (await site.signed_in("pcp")).get(f"/visits/{visit_id}/invite")).text
    assert part.index("T. Reyes · Available") < part.index("Dr. L. Brandt · Offline")


async def test_the_colleague_reads_on_any_page_who_asks_where_and_a_way_in_and_the_patient_s_page_says_nothing(
    site: World,
) -> None:
    visit_id, _ = await site.visit()
    await ask(site, visit_id)
    brandt = await site.signed_in("psychiatrist")
    for address in ("/today", "/patients", "/account"):
        assert 'hx-get="/invitations"' in (await brandt.get(address)).text
    notices = (await brandt.get("/invitations")).text
    assert "Dr. R. Okafor asks you into the visit with M. Alvarez" in notices
    assert "Cedar Creek Clinic" in notices
    assert f'href="/visits/{visit_id}/call"' in notices
    assert "Okafor" not in (await (await site.signed_in("pcp")).get("/invitations")).text
    assert "/invitations" not in (await (await site.signed_in("frontdesk")).get("/today")).text


async def test_in_a_call_it_says_that_joining_leaves_it_and_not_what_that_call_s_own_invitation_was(
    site: World,
) -> None:
    (visit_id, _), (other_id, _) = await site.visit(), await site.visit()
    await ask(site, visit_id)
    brandt = await site.signed_in("psychiatrist")
    assert "Joining leaves the visit" in (await brandt.get(f"/invitations?from={other_id}")).text
    assert "Okafor" not in (await brandt.get(f"/invitations?from={visit_id}")).text


async def test_taking_back_and_declining_show_the_parts_afresh(site: World) -> None:
    visit_id, _ = await site.visit()
    row = await ask(site, visit_id)
    pcp, brandt = await site.signed_in("pcp"), await site.signed_in("psychiatrist")
    assert "Take back: Dr. L. Brandt" in (await pcp.get(f"/visits/{visit_id}/invite")).text
    part = (await pcp.post(f"/invitations/{row.id}/take-back", headers=HTMX)).text
    assert f'value="{row.practitioner_id}"' in part
    told = (await brandt.get("/invitations")).text
    assert "Dr. R. Okafor does not need you any more in the visit with M. Alvarez" in told
    assert f"/visits/{visit_id}/call" not in told
    assert "Okafor" not in (await brandt.post(f"/invitations/{row.id}/close", headers=HTMX)).text

    again = await ask(site, visit_id)
    plain = await brandt.post(f"/invitations/{again.id}/close")
    assert (plain.status_code, plain.headers["location"]) == (303, "/today")
    assert "that they cannot come now" in (await pcp.get(f"/visits/{visit_id}/invite")).text
    assert await statuses(site) == ["withdrawn", "declined"]


async def test_who_came_in_meanwhile_is_not_taken_back_and_the_page_says_so(site: World) -> None:
    visit_id, _ = await site.visit()
    row = await ask(site, visit_id)
    await start_visit(site.deps, site.live, site.actors["psychiatrist"], visit_id)
    pcp = await site.signed_in("pcp")
    late = await pcp.post(f"/invitations/{row.id}/take-back", headers=HTMX)
    assert (late.status_code, "Your colleague has answered already." in late.text) == (409, True)
    assert "Came in at" in late.text
