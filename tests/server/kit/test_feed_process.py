"""A feed is read in a process of its own, which has an end: whatever stands in the feed, others notice nothing."""

import asyncio
import json
import resource
from typing import Any

import pytest

from server.kit import feed_process
from server.kit.feed import Busy, FeedRefused, FeedTrouble
from server.kit.feed_process import read_apart, read_input
from tests.server.kit.calendars import DENVER, END, START, at, event, feed

pytestmark = pytest.mark.anyio

TEN = ("DTSTART:20261110T170000Z", "DTEND:20261110T180000Z")
NEVER = "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"  # a day that no year has: looked for until the year 9999


async def apart(content: bytes) -> Busy:
    return await read_apart(content, START, END, DENVER)


async def trouble(content: bytes) -> FeedTrouble:
    with pytest.raises(FeedRefused) as refused:
        await apart(content)
    return refused.value.trouble


async def test_a_feed_read_apart_is_the_same_as_one_read_here() -> None:
    unknown = event("DTSTART;TZID=Mars:20261110T120000", "DTEND;TZID=Mars:20261110T130000", uid="2")
    found = await apart(feed(event(*TEN), unknown))
    assert found == Busy(
        ((at("2026-11-10 17:00"), at("2026-11-10 18:00")), (at("2026-11-10 19:00"), at("2026-11-10 20:00"))), 0, 1
    )


async def test_why_a_feed_gives_nothing_comes_back_too() -> None:
    assert await trouble(b"<html>") is FeedTrouble.NO_CALENDAR


async def test_a_rule_without_end_is_cut_by_processor_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_process, "CPU_SECONDS", 1)
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert await trouble(feed(event(*TEN, NEVER))) is FeedTrouble.TOO_MUCH
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert 0.5 < used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime < 3


async def test_a_process_that_takes_too_long_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feed_process, "WALL_SECONDS", 0.05)
    assert await trouble(feed(event(*TEN))) is FeedTrouble.TOO_MUCH


async def test_nothing_of_the_server_is_in_its_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[dict[str, str]] = []
    start = asyncio.create_subprocess_exec

    async def started(*command: str, **options: Any) -> asyncio.subprocess.Process:
        seen.append(options["env"])
        return await start(*command, **options)

    monkeypatch.setenv("CURBSIDE_SECRET_KEYS", "k1:c2VjcmV0")
    monkeypatch.setattr(asyncio, "create_subprocess_exec", started)
    await apart(feed())
    assert [list(environment) for environment in seen] == [["PYTHONPATH"]]


def test_what_it_is_given_is_a_line_and_the_feed() -> None:
    line = json.dumps({"start": START.isoformat(), "end": END.isoformat(), "zone": DENVER}).encode()
    said = read_input(line + b"\n" + feed(event(*TEN)))
    assert said == {"spans": [("2026-11-10T17:00:00+00:00", "2026-11-10T18:00:00+00:00")], "unread": 0, "guessed": 0}
    assert read_input(line + b"\nnothing") == {"trouble": "no_calendar"}
