"""Staff's pages for another time and for cancelling: what is typed wrong is said next to it and kept."""

from datetime import timedelta

import pytest

from tests.cast import TEN, World
from tests.server.scheduling.feeds import busy_row

pytestmark = pytest.mark.anyio

GOOD = {"date": "2026-11-25", "time": "14:30", "minutes": "30"}


async def test_the_form_begins_with_the_time_as_it_is(site: World) -> None:
    visit_id, _ = await site.visit()
    page = (await (await site.signed_in("frontdesk")).get(f"/visits/{visit_id}/time")).text
    assert 'value="2026-11-24"' in page
    assert 'value="10:00"' in page
    assert 'value="20" checked' in page


async def test_a_new_time_leads_back_to_the_visit_which_shows_it(site: World) -> None:
    visit_id, _ = await site.visit()
    desk = await site.signed_in("frontdesk")
    answer = await desk.post(f"/visits/{visit_id}/time", data=GOOD)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/visits/{visit_id}")
    assert "2:30" in (await desk.get(f"/visits/{visit_id}")).text


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"date": ""}, "Choose a day."),
        ({"time": "half past"}, "Enter a time, like 14:30."),
        ({"date": "2026-11-23"}, "This time is past."),
        ({"date": "2027-03-14", "time": "02:30"}, "The clocks change that day and skip this time."),
    ],
)
async def test_a_time_that_cannot_be_is_said_next_to_the_field(
    site: World, changes: dict[str, str], words: str
) -> None:
    visit_id, _ = await site.visit()
    answer = await (await site.signed_in("pcp")).post(f"/visits/{visit_id}/time", data={**GOOD, **changes})
    assert answer.status_code == 422
    assert words in answer.text


async def test_a_time_that_is_taken_asks_why_both_are_needed(site: World) -> None:
    visit_id, _ = await site.visit()
    other, _ = await site.visit()
    pcp = await site.signed_in("pcp")
    await pcp.post(f"/visits/{other}/time", data=GOOD)
    refused = await pcp.post(f"/visits/{visit_id}/time", data=GOOD)
    assert refused.status_code == 409
    assert "Why both are needed" in refused.text
    assert 'value="14:30"' in refused.text
    assert (await pcp.post(f"/visits/{visit_id}/time", data={**GOOD, "overbook": "Crisis"})).status_code == 303


async def test_cancelling_asks_why_and_leads_back_to_a_visit_that_is_over(site: World) -> None:
    visit_id, _ = await site.visit()
    pcp = await site.signed_in("pcp")
    assert "Cancel the visit of Maria Alvarez" in (await pcp.get(f"/visits/{visit_id}/cancel")).text
    nothing = await pcp.post(f"/visits/{visit_id}/cancel", data={})
    assert (nothing.status_code, "Choose why." in nothing.text) == (422, True)
    assert (await pcp.post(f"/visits/{visit_id}/cancel", data={"reason": "prov"})).status_code == 303
    page = (await pcp.get(f"/visits/{visit_id}")).text
    assert "The visit is over." in page
    assert "Another time" not in page


@pytest.mark.parametrize("path", ["time", "cancel"])
@pytest.mark.parametrize(("who", "status"), [("outsider", 404), ("admin", 403)])
async def test_a_stranger_finds_no_such_visit(site: World, path: str, who: str, status: int) -> None:
    visit_id, _ = await site.visit()
    assert (await (await site.signed_in(who)).get(f"/visits/{visit_id}/{path}")).status_code == status


async def test_another_calendar_is_warned_of_and_who_means_it_moves_the_visit_all_the_same(site: World) -> None:
    visit_id, _ = await site.visit()
    await busy_row(site, TEN + timedelta(hours=28, minutes=45), TEN + timedelta(hours=29))
    desk = await site.signed_in("frontdesk")
    warned = await desk.post(f"/visits/{visit_id}/time", data=GOOD)
    assert warned.status_code == 409
    assert "Another calendar says that they are busy then." in warned.text
    assert 'name="anyway"' in warned.text
    assert (await desk.post(f"/visits/{visit_id}/time", data={**GOOD, "anyway": "on"})).status_code == 303
