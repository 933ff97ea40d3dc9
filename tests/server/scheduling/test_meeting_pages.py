"""Meetings are set up, looked at and called off on pages; a list of patients goes with them."""

from datetime import timedelta
from typing import Any

import httpx2
import pytest

from tests.cast import TEN, World
from tests.server.scheduling.appointments import booked

pytestmark = pytest.mark.anyio

KEY = "01900000-0000-7000-8000-000000000001"


def filled(world: World, **changes: str) -> dict[str, Any]:
    """The form as somebody fills it in: Thursdays at noon, three times."""
    who = {f"with_{world.practitioners[name].id}": "on" for name in ("pcp", "psychiatrist")}
    values = {"key": KEY, "title": "Case conference", "clinic": str(world.clinic.id), "date": "2026-11-26"}
    return {**values, **who, "time": "12:00", "minutes": "30", "weeks": "3", **changes}


async def made(world: World, who: str = "pcp", **changes: str) -> httpx2.AsyncClient:
    browser = await world.signed_in(who)
    answer = await browser.post("/meetings/new", data=filled(world, **changes))
    assert answer.status_code == 303, answer.text
    assert answer.headers["location"].startswith(f"/meetings/{KEY}")
    return browser


async def test_a_meeting_is_set_up_every_week_and_stands_on_everybody_s_list(world: World) -> None:
    await made(world)
    for who, stands in (("pcp", 3), ("psychiatrist", 3), ("frontdesk", 0)):
        page = (await (await world.signed_in(who)).get("/meetings")).text
        assert page.count("Case conference") == stands
        assert ("No meetings are planned" in page) == (stands == 0)
    page = (await (await world.signed_in("psychiatrist")).get(f"/meetings/{KEY}")).text
    assert "Thursday, December 10" in page
    assert "Dr. Rose Okafor" in page


async def test_dates_that_are_not_free_are_said_after_setting_up(world: World) -> None:
    await booked(world, TEN + timedelta(days=9, hours=2), "psychiatrist")
    browser = await world.signed_in("pcp")
    answer = await browser.post("/meetings/new", data=filled(world))
    page = (await browser.get(answer.headers["location"])).text
    assert "Not booked, because somebody has another appointment then" in page
    assert "Thursday, December 3" in page
    await booked(world, TEN + timedelta(days=2, hours=2), "psychiatrist")
    taken = await browser.post("/meetings/new", data=filled(world, key="", weeks="1"))
    assert (taken.status_code, "Somebody has another appointment then" in taken.text) == (409, True)


async def test_what_is_missing_or_odd_is_said_at_its_field_and_what_was_typed_is_kept(world: World) -> None:
    browser = await world.signed_in("pcp")
    assert (await browser.get("/meetings/new")).status_code == 200
    odd = {"title": "", "clinic": "x", "date": "9999-12-31", "time": "25:00", "minutes": "7", "weeks": "999"}
    answer = await browser.post("/meetings/new", data={**odd, "with_x": "on"})
    assert answer.status_code == 422
    for words in ("Say what the meeting is called", "Choose who comes", "Choose a number of weeks"):
        assert words in answer.text
    for changes, words in (
        ({"date": "2026-11-20"}, "This time is past"),
        ({"date": "2027-03-14", "time": "02:30"}, "The clocks change that day"),
        ({"date": "9999-12-31"}, "within the next year"),
    ):
        answer = await browser.post("/meetings/new", data=filled(world, **changes))
        assert answer.status_code == 422
        assert words in answer.text
        assert "Case conference" in answer.text


async def test_dates_are_called_off(world: World) -> None:
    browser = await made(world)
    page = (await browser.get(f"/meetings/{KEY}")).text
    date = page.split('name="date" value="')[1].split('"')[0]
    for value, called_off in (("x", 0), (date, 1), ("all", 3)):
        assert (await browser.post(f"/meetings/{KEY}/off", data={"date": value})).status_code == 303
        assert (await browser.get(f"/meetings/{KEY}")).text.count("Called off") == called_off


async def test_patients_are_found_put_on_the_list_and_taken_off(world: World) -> None:
    browser = await made(world)
    page = (await browser.get(f"/meetings/{KEY}?q=alvarez")).text
    assert page.count("Alvarez, Maria") == 2
    whom = {"patient": str(world.patient.id)}
    await browser.post(f"/meetings/{KEY}/patients", data=whom)
    page = (await browser.get(f"/meetings/{KEY}?q=alvarez")).text
    assert "Nobody found who is not on the list" in page
    assert f'href="/patients/{world.patient.id}"' in page
    await browser.post(f"/meetings/{KEY}/patients", data={**whom, "drop": "1"})
    assert "Nobody yet" in (await browser.get(f"/meetings/{KEY}")).text
    assert (await browser.post(f"/meetings/{KEY}/patients", data={"patient": "x"})).status_code == 404


async def test_an_odd_address_of_what_was_lost_is_left_out(world: World) -> None:
    browser = await made(world)
    page = (await browser.get(f"/meetings/{KEY}?lost=x&lost=2026-01-01&lost=0001-01-01T00:00:00%2B00:00")).text
    assert "Not booked" not in page
