"""The waitlist's pages for staff: who waits and why in this order, a patient's wishes, and a time by hand."""

from datetime import UTC, date, datetime

import pytest

from server.scheduling import WaitlistEntry
from tests.cast import World
from tests.server.visits import journey, waitlists
from tests.server.visits.waitlists import TOMORROW, freed, offered, waits

pytestmark = pytest.mark.anyio

WISH = {
    "visit": "",
    "minutes": "20",
    "state": "MT",
    "day0": "1",
    "day2": "1",
    "earliest": "08:00",
    "latest": "12:30",
    "last_day": "2027-01-15",
    "notice": "120",
}


def wish(site: World, **changes: str) -> dict[str, str]:
    return {**WISH, "who": str(site.practitioners["pcp"].id), **changes}


async def test_the_front_desk_puts_a_patient_on_the_waitlist_and_sees_them_in_order(site_with_mail: World) -> None:
    site = site_with_mail
    await waitlists.pcp_works(site)
    desk, rosa = await site.signed_in("frontdesk"), await waitlists.neighbour(site, "Rosa")
    answer = await desk.post(f"/patients/{site.patient.id}/waitlist", data=wish(site))
    assert answer.headers["location"] == f"/patients/{site.patient.id}"
    kind = f"{site.clinic.id} Primary care"
    site.clock.pass_(minutes=1)
    await desk.post(f"/patients/{rosa.id}/waitlist", data=wish(site, who=kind, day1="1"))
    await freed(site)
    await offered(site)
    page = (await desk.get("/waitlist")).text
    assert page.index("1. ") < page.index("Maria Alvarez") < page.index("2. ") < page.index("Rosa Alvarez")
    for words in ("Monday, Wednesday", "08:00–12:30", "anybody of Primary care", "waits for an answer", "waits since"):
        assert words in page
    first, second = await journey.rows(site, WaitlistEntry)
    assert (first.weekdays, first.specialty, second.specialty) == ("02", "", "Primary care")


async def test_nobody_waits_on_an_empty_list(site: World) -> None:
    assert "Nobody waits" in (await (await site.signed_in("pcp")).get("/waitlist")).text


async def test_a_visit_is_brought_forward_by_choosing_it(site: World) -> None:
    visit_id, _ = await site.visit(starts_at=TOMORROW, minutes=40)
    appointment = await journey.appointment_of(site, visit_id)
    desk = await site.signed_in("frontdesk")
    assert "Earlier than" in (await desk.get(f"/patients/{site.patient.id}/waitlist")).text
    await desk.post(f"/patients/{site.patient.id}/waitlist", data=wish(site, visit=str(appointment.id), who=""))
    (entry,) = await journey.rows(site, WaitlistEntry)
    assert (entry.appointment_id, entry.minutes) == (appointment.id, 40)
    assert "wants their visit earlier" in (await desk.get("/waitlist")).text


async def test_somebody_waits_until_the_end_of_a_day_that_is_over_in_utc(site: World) -> None:
    site.clock.now = datetime(2026, 12, 5, 5, 30, tzinfo=UTC)  # half past ten on Friday evening in Denver
    desk = await site.signed_in("frontdesk")
    answer = await desk.post(f"/patients/{site.patient.id}/waitlist", data=wish(site, last_day="2026-12-04"))
    assert answer.headers.get("location") == f"/patients/{site.patient.id}"
    assert [entry.last_day for entry in await journey.rows(site, WaitlistEntry)] == [date(2026, 12, 4)]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"who": "somebody"}, "Choose with whom"),
        ({"minutes": "-5"}, "Choose one"),
        ({"minutes": "٣"}, "Choose one"),
        ({"state": "XX"}, "Choose the state"),
        ({"day0": "", "day2": ""}, "Choose at least one day"),
        ({"earliest": "25:00"}, "Enter a time"),
        ({"latest": "07:00"}, "before the earliest time"),
        ({"last_day": "2026-01-01"}, "within the next year"),
        ({"last_day": "9999-12-31"}, "within the next year"),
        ({"last_day": "soon"}, "Choose a day"),
        ({"notice": "1"}, "Choose one"),
    ],
)
async def test_what_is_wrong_is_said_next_to_its_field_and_nothing_is_lost(
    site: World, changes: dict[str, str], words: str
) -> None:
    desk = await site.signed_in("frontdesk")
    answer = await desk.post(f"/patients/{site.patient.id}/waitlist", data=wish(site, **changes))
    assert answer.status_code == 422
    assert words in answer.text
    assert await journey.rows(site, WaitlistEntry) == []


async def test_the_patient_s_page_shows_what_they_wait_for_as_a_part(site: World) -> None:
    await waits(site)
    desk = await site.signed_in("frontdesk")
    part = (await desk.get(f"/patients/{site.patient.id}/waitlist", headers={"HX-Request": "true"})).text
    assert "<html" not in part
    assert "Nothing offered yet" in part
    north = await site.signed_in("psychiatrist")
    assert "Nothing offered yet" in (await north.get(f"/patients/{site.patient.id}/waitlist")).text


async def test_somebody_is_taken_off_and_a_time_is_offered_by_hand(site: World) -> None:
    await waitlists.pcp_works(site)
    entry, desk = await waits(site), await site.signed_in("frontdesk")
    path, pcp = f"/waitlist/{entry.id}/offer", str(site.practitioners["pcp"].id)
    page = (await desk.get(path)).text
    assert "Offer Maria Alvarez a time" in page
    assert page.count('name="time"') == 12
    for wrong in ("", "x", f"{pcp} 2026-11-25T04:00:00+00:00"):
        answer = await desk.post(path, data={"time": wrong})
        assert answer.status_code == 409
        assert "not free then" in answer.text
    answer = await desk.post(path, data={"time": f"{pcp} 2026-11-25T17:00:00+00:00"})
    assert answer.headers["location"] == "/waitlist"
    assert "waits for an answer" in (await desk.get("/waitlist")).text
    await desk.post(f"/waitlist/{entry.id}/remove")
    assert "Nobody waits" in (await desk.get("/waitlist")).text
