"""Staff find a free time for a patient, hold it, book it, give it back; who is late is shown what is left."""

import re
from datetime import timedelta

import httpx2
import pytest

from server.access import Role
from server.kit.ids import new_id
from server.scheduling import Appointment
from server.scheduling.availability_rules import Schedule
from server.visits.tables import Encounter
from tests.cast import TEN, World
from tests.server.scheduling.appointments import booked
from tests.server.scheduling.finding import offered, speaks
from tests.server.scheduling.schedules import nine_to_five, works
from tests.server.visits.journey import rows

pytestmark = pytest.mark.anyio

MINUTES = timedelta(minutes=1)
SLOT = re.compile(r'name="slot" value="([^"]+)"')


def slots(answer: httpx2.Response) -> list[str]:
    """The times that a page offers, as its buttons post them."""
    return [value.replace("&#43;", "+") for value in SLOT.findall(answer.text)]


async def look(browser: httpx2.AsyncClient, world: World, **criteria: str) -> httpx2.Response:
    return await browser.get("/visits/find", params={"patient": str(world.patient.id), **criteria})


async def press(browser: httpx2.AsyncClient, world: World, slot: str, **criteria: str) -> httpx2.Response:
    return await browser.post("/visits/find", data={"patient": str(world.patient.id), "slot": slot, **criteria})


async def held(browser: httpx2.AsyncClient, world: World, nth: int = 0, **criteria: str) -> str:
    """Press a time and give where it leads."""
    answer = await press(browser, world, slots(await look(browser, world, **criteria))[nth], **criteria)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def test_without_a_patient_one_is_picked_first(world: World) -> None:
    browser = await world.signed_in("frontdesk")
    assert (await browser.get("/visits/find")).headers["location"] == "/patients?then=visit"
    for nobody in (new_id(), "x", world.outside_patient.id):
        assert (await browser.get(f"/visits/find?patient={nobody}")).status_code == 404


async def test_free_times_say_why_they_are_offered_in_the_patient_s_zone(world: World) -> None:
    await works(world, "pcp")
    await speaks(world, "pcp", "es")
    browser = await world.signed_in("frontdesk")
    page = (await look(browser, world, state="MT", language="es", clinic=str(world.clinic.id))).text
    assert "licensed in Montana until 6/12/2027" in page
    assert "speaks Spanish" in page
    assert "covers Cedar Creek Clinic" in page
    assert "10:00\u00a0AM" in page
    assert "Mountain Time" in page


async def test_where_people_work_in_another_zone_both_times_are_shown(world: World) -> None:
    await works(world, "pcp", nine_to_five(zone="America/New_York"))
    page = (await look(await world.signed_in("frontdesk"), world)).text
    assert "<time>10:00\u00a0AM</time><small>12:00\u00a0PM</small>" in page
    assert "Below each time: Eastern Time, where they work" in page


async def test_times_come_by_person_too(world: World) -> None:
    await works(world, "pcp")
    await works(world, "psychiatrist")
    page = await look(await world.signed_in("frontdesk"), world, order="person", days="7")
    assert len(slots(page)) == 24
    assert page.text.index("Dr. Lena Brandt") < page.text.index("Dr. Rose Okafor")


async def test_what_is_missing_is_said_when_nothing_is_found(world: World) -> None:
    browser = await world.signed_in("frontdesk")
    assert "has working hours here yet" in (await look(browser, world)).text
    await works(world, "pcp")
    assert "is licensed there then" in (await look(browser, world, state="CA")).text
    await speaks(world, "outsider", "fr")
    await speaks(world, "psychiatrist", "de")
    assert "speaks that language" in (await look(browser, world, language="de")).text
    north = await world.second_clinic()
    assert "covers that clinic" in (await look(browser, world, clinic=str(north.id))).text
    kind = await offered(world, "psychiatrist")
    assert "has working hours here yet" in (await look(browser, world, type=str(kind.id))).text
    await works(world, "caremanager", Schedule("America/Denver"))
    only = str(world.practitioners["caremanager"].id)
    assert "Everybody is booked or away" in (await look(browser, world, who=only)).text


async def test_a_press_holds_the_time_and_booking_makes_the_visit_with_its_link(world: World) -> None:
    await works(world, "pcp")
    kind = await offered(world, "pcp", minutes=40)
    browser = await world.signed_in("frontdesk")
    where = await held(browser, world, type=str(kind.id))
    page = await browser.get(where)
    assert page.status_code == 200
    assert "5 more min" in page.text
    (row,) = await rows(world, Appointment)
    assert (row.status, row.visit_type_id) == ("pending", kind.id)
    sheet = await browser.post(where, data={"reason": "Sleep", "send": "1"})
    assert sheet.status_code == 201
    assert "/v/" in sheet.text
    (row,), (visit,) = await rows(world, Appointment), await rows(world, Encounter)
    assert (row.status, row.starts_at, row.ends_at - row.starts_at) == ("booked", TEN, 40 * MINUTES)
    assert visit.appointment_id == row.id
    again = await browser.post(where, data={})
    assert (again.status_code, again.headers["location"]) == (303, f"/visits/{visit.id}")
    assert (await browser.get(where)).headers["location"] == f"/visits/{visit.id}"


async def test_what_was_typed_is_kept_when_the_reason_is_too_long(world: World) -> None:
    await works(world, "pcp")
    browser = await world.signed_in("frontdesk")
    where = await held(browser, world)
    answer = await browser.post(where, data={"reason": "x" * 501})
    assert answer.status_code == 422
    assert "x" * 501 in answer.text


async def test_a_time_that_is_given_back_is_free_again(world: World) -> None:
    await works(world, "pcp")
    browser = await world.signed_in("frontdesk")
    where = await held(browser, world, state="MT")
    path, query = where.split("?")
    answer = await browser.post(f"{path}/release?{query}")
    assert answer.headers["location"].startswith("/visits/find?")
    assert "state=MT" in answer.headers["location"]
    assert len(slots(await look(await world.signed_in("pcp"), world))) > 0
    assert (await rows(world, Appointment))[0].status == "cancelled"
    over = await browser.get(where)
    assert (over.status_code, "no longer kept" in over.text) == (410, True)
    assert (await browser.post(f"{path}/release?{query}")).status_code == 303


async def test_who_presses_another_time_lets_the_first_one_go(world: World) -> None:
    await works(world, "pcp")
    browser = await world.signed_in("frontdesk")
    await held(browser, world)
    await held(browser, world)
    assert sorted(row.status for row in await rows(world, Appointment)) == ["cancelled", "pending"]


async def test_who_is_late_is_shown_the_next_times_and_who_else_is_free(world: World) -> None:
    await works(world, "pcp")
    await works(world, "psychiatrist")
    browser = await world.signed_in("frontdesk")
    wanted = next(one for one in slots(await look(browser, world)) if str(world.practitioners["pcp"].id) in one)
    await booked(world, TEN)
    answer = await press(browser, world, wanted)
    assert answer.status_code == 409
    assert "Somebody was quicker" in answer.text
    assert "Other times with Dr. Rose Okafor" in answer.text
    assert "Dr. Lena Brandt" in answer.text
    next_time, *_, other = slots(answer)
    assert next_time.endswith("17:20:00+00:00")
    assert other.startswith(str(world.practitioners["psychiatrist"].id))
    assert (await press(browser, world, next_time)).status_code == 303


async def test_a_hold_that_ran_out_is_good_until_somebody_takes_the_time(world: World) -> None:
    await works(world, "pcp")
    browser = await world.signed_in("frontdesk")
    where = await held(browser, world)
    world.clock.pass_(minutes=6)
    assert "Book it now" in (await browser.get(where)).text
    world.clock.pass_(minutes=-6)
    (row,) = await rows(world, Appointment)
    await swept(world, row)
    answer = await browser.post(where, data={})
    assert (answer.status_code, "Somebody was quicker" in answer.text) == (409, True)
    assert len(slots(answer)) == 3


async def swept(world: World, row: Appointment) -> None:
    """End a hold as the job does, without the time that passes until then."""
    async with world.deps.database.write() as session:
        held = await session.get_one(Appointment, row.id)
        held.status, held.held_until = "cancelled", None


async def test_nobody_else_sees_or_books_what_is_held(world: World) -> None:
    await works(world, "pcp")
    where = await held(await world.signed_in("frontdesk"), world)
    path = where.split("?")[0]
    for who in ("pcp", "outsider"):
        browser = await world.signed_in(who)
        assert (await browser.get(path)).status_code == 404
        assert (await browser.post(path)).status_code == 404
        assert (await browser.post(f"{path}/release")).status_code == 404


async def test_odd_times_are_refused_and_odd_criteria_left_out(world: World) -> None:
    await works(world, "pcp")
    browser = await world.signed_in("frontdesk")
    pcp, outsider = world.practitioners["pcp"].id, world.practitioners["outsider"].id
    moment = TEN.isoformat()
    for odd in (
        "",
        "x",
        f"{pcp}|",
        f"{pcp}|9999-12-31T23:59:59+00:00",
        f"{pcp},{pcp}|{moment}",
        f"{outsider}|{moment}",
    ):
        answer = await press(browser, world, odd)
        assert answer.status_code == (404 if str(outsider) in odd else 422), odd
    assert (await press(browser, world, f"{pcp}|2026-11-24T10:00:00")).status_code == 422
    odd_criteria = {"type": "x", "minutes": "-1", "who": "y", "state": "??", "day": "9999-99-99", "days": "1e9"}
    assert len(slots(await look(browser, world, language="zz", clinic="1", order="z", team="1", **odd_criteria))) > 0


async def test_whose_time_is_not_the_desk_s_to_give_is_not_offered(world: World) -> None:
    north = await world.second_clinic()
    await world.hire("northerner", Role.PCP, north, "MT")
    await works(world, "northerner")
    browser = await world.signed_in("frontdesk")
    assert slots(await look(browser, world)) == []
    stranger = world.practitioners["northerner"].id
    assert (await press(browser, world, f"{stranger}|{TEN.isoformat()}")).status_code == 404
    assert len(slots(await look(await world.signed_in("northerner"), world))) > 0
