"""A visit every week: each date is looked at first, chosen or left out, and what was lost meanwhile is said."""

import re
from datetime import date, timedelta
from typing import Any

import httpx2
import pytest

from server.outbox import OutboxMessage
from server.scheduling import Appointment
from server.scheduling.availability_rules import Holiday, Leave
from server.visits.tables import Encounter
from tests.cast import TEN, World
from tests.server.scheduling.appointments import booked
from tests.server.scheduling.schedules import nine_to_five, works
from tests.server.visits.journey import rows
from tests.server.visits.test_find_pages import held

pytestmark = pytest.mark.anyio

WEEK = timedelta(weeks=1)
FIELD = re.compile(r'name="(key_\d+|pick_\d+)" value="([^"]*)"( checked)?')


def fields(page: str) -> dict[str, str]:
    """What the form posts as it is shown."""
    return {
        name: value.replace("&#43;", "+")
        for name, value, checked in FIELD.findall(page)
        if checked or name.startswith("key")
    }


async def weekly(browser: httpx2.AsyncClient, where: str, count: int = 4) -> httpx2.Response:
    path, query = where.split("?")
    return await browser.get(f"{path}/weekly?{query}&count={count}")


async def post(browser: httpx2.AsyncClient, where: str, data: dict[str, Any], count: int = 4) -> httpx2.Response:
    path, query = where.split("?")
    return await browser.post(f"{path}/weekly?{query}&count={count}", data=data)


async def starts(world: World) -> list[tuple[str, int]]:
    """The appointments in order: their status and how many weeks after the first day they are."""
    found = sorted(await rows(world, Appointment), key=lambda row: row.starts_at)
    return [(row.status, (row.starts_at - TEN) // WEEK) for row in found]


async def test_free_weeks_are_booked_with_the_first_and_one_mail_brings_all_links(world: World) -> None:
    await works(world, "pcp")
    browser = await world.signed_in("frontdesk")
    where = await held(browser, world)
    page = await weekly(browser, where)
    assert page.text.count("checkbox") == 3
    done = await post(browser, where, {**fields(page.text), "send": "1", "reason": "Therapy"})
    assert done.status_code == 201
    assert "4 visits are booked" in done.text
    assert await starts(world) == [("booked", week) for week in range(4)]
    assert len(await rows(world, Encounter)) == 4
    assert len(await rows(world, OutboxMessage)) == 1


async def test_the_same_form_sent_twice_books_once(world: World) -> None:
    await works(world, "pcp")
    browser = await world.signed_in("frontdesk")
    where = await held(browser, world)
    data = fields((await weekly(browser, where)).text)
    await post(browser, where, data)
    again = await post(browser, where, data)
    assert "4 visits are booked" in again.text
    assert len(await rows(world, Appointment)) == 4
    path = where.split("?")[0]
    assert (await browser.get(f"{path}/weekly")).headers["location"].startswith(path)


async def test_what_is_in_the_way_is_said_with_what_is_near_and_left_out_unless_chosen(world: World) -> None:
    day = TEN.date()
    closed = nine_to_five(leave=(Leave(day + 2 * WEEK, day + 2 * WEEK),), holidays=(Holiday(date(2026, 12, 15)),))
    await works(world, "pcp", closed)
    browser = await world.signed_in("frontdesk")
    await booked(world, TEN + WEEK)
    where = await held(browser, world)
    page = (await weekly(browser, where)).text
    assert "Dr. Rose Okafor: this time is taken" in page.replace("\n", "")
    assert "falls into leave" in page
    assert page.count("Leave this week out") == 2
    assert "Instead Tuesday, December 1, 10:20" in page
    data = fields(page)
    assert data["pick_2"] == data["pick_3"] == ""
    data["pick_2"] = (TEN + WEEK + timedelta(minutes=20)).isoformat()
    done = await post(browser, where, data)
    assert "3 visits are booked" in done.text
    assert [week for _, week in await starts(world)] == [0, 1, 1, 3]


async def test_what_was_lost_meanwhile_is_said_and_the_rest_is_booked(world: World) -> None:
    await works(world, "pcp")
    browser = await world.signed_in("frontdesk")
    where = await held(browser, world)
    data = fields((await weekly(browser, where)).text)
    await booked(world, TEN + 2 * WEEK)
    done = await post(browser, where, data)
    assert "3 visits are booked" in done.text
    assert "Somebody else took these times meanwhile" in done.text
    assert "Tuesday, December 8" in done.text
    assert len(await rows(world, Encounter)) == 3


async def test_when_the_first_time_is_gone_nothing_is_booked(world: World) -> None:
    await works(world, "pcp")
    browser = await world.signed_in("frontdesk")
    where = await held(browser, world)
    data = fields((await weekly(browser, where)).text)
    path, query = where.split("?")
    await browser.post(f"{path}/release?{query}")
    gone = await post(browser, where, data)
    assert (gone.status_code, "Somebody was quicker" in gone.text) == (409, True)
    assert await rows(world, Encounter) == []


async def test_odd_weeks_and_counts_are_left_out(world: World) -> None:
    await works(world, "pcp")
    browser = await world.signed_in("frontdesk")
    where = await held(browser, world)
    for count in (0, 999, -3):
        assert (await weekly(browser, where, count)).text.count('name="key_') == 3
    odd = {"key_2": "x", "pick_2": TEN.isoformat(), "key_3": "", "pick_3": "y", "pick_4": "0001-01-01T00:00:00+00:00"}
    assert (await post(browser, where, {**odd, "reason": "x" * 501})).status_code == 422
    assert "1 visit is booked" in (await post(browser, where, odd)).text


async def test_a_series_of_several_people_looks_at_all_of_them(world: World) -> None:
    await works(world, "pcp")
    await works(world, "psychiatrist")
    await booked(world, TEN + WEEK, "psychiatrist")
    browser = await world.signed_in("frontdesk")
    pcp, psychiatrist = (str(world.practitioners[name].id) for name in ("pcp", "psychiatrist"))
    where = await held(browser, world, who=pcp, who_1=psychiatrist)
    page = (await weekly(browser, where)).text
    assert "Dr. Lena Brandt: this time is taken" in page.replace("\n", "")
    done = await post(browser, where, fields(page))
    assert "3 visits are booked" in done.text
