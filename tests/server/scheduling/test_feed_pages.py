"""The address is shown once and answers a calendar program; other calendars are added, explained and removed."""

import re

import pytest
from icalendar import Calendar

from server.scheduling.feed_actions import refresh_due_feed
from tests.cast import TEN, World
from tests.server.scheduling.appointments import booked
from tests.server.scheduling.feeds import added, kept, reaching
from tests.server.scheduling.hospital import hospital, ok

pytestmark = pytest.mark.anyio


async def made(site: World, detail: str = "full") -> str:
    """Make the pcp's address by the page, and give its path."""
    page = (await (await site.signed_in("pcp")).post("/calendars/address", data={"detail": detail})).text
    found = re.search(r"/feeds/[\w-]{32}\.ics", page)
    assert found
    return found.group()


async def test_an_address_is_shown_once_and_answers_a_calendar_program(site: World) -> None:
    await booked(site, TEN)
    path = await made(site)
    assert path not in (await (await site.signed_in("pcp")).get("/calendars")).text
    answer = await site.browser().get(path)
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.headers["cache-control"] == "private, no-cache"
    assert [str(event["summary"]) for event in Calendar.from_ical(answer.content).walk("VEVENT")] == ["Visit"]


async def test_a_program_that_has_it_already_is_told_so(site: World) -> None:
    path = await made(site)
    tag = (await site.browser().get(path)).headers["etag"]
    again = await site.browser().get(path, headers={"If-None-Match": f'"other", W/{tag}'})
    assert (again.status_code, again.content) == (304, b"")
    await booked(site, TEN)
    assert (await site.browser().get(path, headers={"If-None-Match": tag})).status_code == 200


async def test_an_address_that_was_taken_back_is_found_no_more(site: World) -> None:
    path = await made(site)
    await (await site.signed_in("pcp")).post("/calendars/address/end")
    assert (await site.browser().get(path)).status_code == 404
    assert (await site.browser().get("/feeds/x.ics")).status_code == 404


async def test_addresses_cannot_be_guessed_at_speed(site: World) -> None:
    browser = site.browser()
    for _ in range(60):
        await browser.get("/feeds/x.ics")
    assert (await browser.get("/feeds/x.ics")).status_code == 429


async def test_how_much_it_says_must_be_chosen(site: World) -> None:
    answer = await (await site.signed_in("pcp")).post("/calendars/address", data={"detail": "everything"})
    assert answer.status_code == 422
    assert "Choose how much it says." in answer.text


async def test_a_calendar_is_added_read_and_removed(site: World) -> None:
    pcp = await site.signed_in("pcp")
    async with hospital(lambda _: ok(b"hello")) as url:
        assert (await pcp.post("/calendars/add", data={"address": f"{url}/secret.ics"})).status_code == 303
        page = (await pcp.get("/calendars")).text
        assert "Being read for the first time" in page
        assert "secret.ics" not in page
        await refresh_due_feed(reaching(site))
    page = (await pcp.get("/calendars")).text
    assert "What is at this address is not a calendar." in page
    assert "Never read yet" in page
    feed = re.search(r'name="feed" value="([^"]+)"', page)
    assert feed
    await pcp.post("/calendars/drop", data={"feed": feed.group(1)})
    assert "127.0.0.1" not in (await pcp.get("/calendars")).text


async def test_last_success_and_what_could_not_be_understood_are_said(site: World) -> None:
    row = await added(site)
    async with site.deps.database.write() as session:
        kept_row = await session.get_one(type(row), row.id)
        kept_row.read_at = kept_row.checked_at = TEN
        kept_row.unread, kept_row.guessed, kept_row.trouble = 2, 1, "silent"
    site.clock.pass_(minutes=30)
    page = (await (await site.signed_in("pcp")).get("/calendars")).text
    assert "Read 30 minutes ago" in page
    assert "2 entries could not be understood" in page
    assert "1 entry names a time zone that nobody knows" in page
    assert "The busy times that were read last still count." in page


@pytest.mark.parametrize("address", ["", "my calendar", "ftp://x.test/a.ics", "x" * 3000])
async def test_an_address_that_is_none_is_said_at_the_field_and_stays(site: World, address: str) -> None:
    answer = await (await site.signed_in("pcp")).post("/calendars/add", data={"address": address})
    assert answer.status_code == 422
    assert 'id="address-error"' in answer.text


async def test_one_calendar_too_many_is_refused_in_words(site: World) -> None:
    for _ in range(5):
        await added(site)
    answer = await (await site.signed_in("pcp")).post("/calendars/add", data={"address": "https://c.test/a.ics"})
    assert "These are as many calendars as can be read." in answer.text


async def test_nobody_removes_somebody_elses_calendar(site: World) -> None:
    row = await added(site)
    other = await site.signed_in("psychiatrist")
    for feed in (str(row.id), "x", ""):
        assert (await other.post("/calendars/drop", data={"feed": feed})).status_code == 303
    assert (await kept(site, row)).id == row.id


async def test_who_sees_no_patients_has_no_calendar_and_is_told_so(site: World) -> None:
    desk = await site.signed_in("frontdesk")
    assert "Only who sees patients has a calendar here." in (await desk.get("/calendars")).text
    for path, data in (("address", {"detail": "busy"}), ("address/end", {}), ("add", {"address": "https://c.test"})):
        assert (await desk.post(f"/calendars/{path}", data=data)).status_code in {200, 303}
    assert (await desk.post("/calendars/drop", data={"feed": "x"})).status_code == 303
