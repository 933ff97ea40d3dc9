"""Other calendars are read again and again: by one process at a time, with what is wrong kept for who asks."""

from datetime import timedelta

import pytest

from server.kit import Conflict, Forbidden
from server.kit.feed import FeedRefused
from server.kit.ids import new_id
from server.scheduling import feed_actions
from server.scheduling.feed_actions import add_feed, address_of_feed, drop_feed, refresh_due_feed
from server.scheduling.feed_rules import LEASE, MOST_FEEDS
from server.scheduling.slot_rules import BusyKind
from server.scheduling.tables import CalendarFeed
from tests.cast import TEN, World
from tests.server.kit.calendars import event, feed
from tests.server.scheduling.feeds import added, kept, reaching, rows
from tests.server.scheduling.hospital import hospital, ok
from tests.server.scheduling.schedules import works
from tests.server.scheduling.test_schedule_store import busy

pytestmark = pytest.mark.anyio

HOUR = timedelta(hours=1)
ROUNDS = feed(event("DTSTART:20261124T180000Z", "DTEND:20261124T190000Z", "SUMMARY:Rounds"))
TALK = feed(event("DTSTART:20261125T180000Z", "DTEND:20261125T190000Z", "SUMMARY:Talk"))


async def test_a_calendar_is_read_and_its_times_are_busy_for_a_search(world: World) -> None:
    await works(world, "pcp")
    async with hospital(lambda _: ok(ROUNDS)) as url:
        row = await added(world, f"{url}/a.ics")
        assert await refresh_due_feed(reaching(world))
    assert [(one.starts_at, one.ends_at) for one in await rows(world)] == [(TEN + HOUR, TEN + 2 * HOUR)]
    assert [one.kind for one in await busy(world)] == [BusyKind.IMPORTED]
    row = await kept(world, row)
    assert (row.trouble, row.failures, row.read_at, row.filled_at) == ("", 0, TEN, TEN)
    assert TEN + timedelta(minutes=13) < row.due_at < TEN + timedelta(minutes=17)


async def test_what_changed_there_changes_here(world: World) -> None:
    said = [ROUNDS]
    async with hospital(lambda _: ok(said[0])) as url:
        await added(world, f"{url}/a.ics")
        await refresh_due_feed(reaching(world))
        said[0] = TALK
        world.clock.pass_(minutes=20)
        await refresh_due_feed(reaching(world))
    assert [one.starts_at for one in await rows(world)] == [TEN + 25 * HOUR]


async def test_what_is_unchanged_by_its_tag_is_not_read_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = [ok(ROUNDS, more='ETag: "v1"\r\n'), ok(b"", status="304 Not Modified")]
    async with hospital(lambda _: answers.pop(0)) as url:
        row = await added(world, f"{url}/a.ics")
        await refresh_due_feed(reaching(world))
        world.clock.pass_(minutes=20)
        monkeypatch.setattr(feed_actions, "busy_by_feed", None)
        await refresh_due_feed(reaching(world))
    row = await kept(world, row)
    assert (row.read_at, row.filled_at, row.trouble) == (TEN + timedelta(minutes=20), TEN, "")
    assert len(await rows(world)) == 1


async def test_a_failure_is_kept_in_a_word_and_what_was_read_last_still_counts(world: World) -> None:
    answers = [ok(ROUNDS), ok(b"", status="404 Not Found"), ok(b"", status="404 Not Found")]
    async with hospital(lambda _: answers.pop(0)) as url:
        row = await added(world, f"{url}/a.ics")
        await refresh_due_feed(reaching(world))
        for _ in range(2):
            world.clock.pass_(minutes=60)
            await refresh_due_feed(reaching(world))
    row = await kept(world, row)
    assert (row.trouble, row.failures, row.read_at) == ("gone", 2, TEN)
    assert row.due_at > world.clock.now + timedelta(minutes=50)
    assert len(await rows(world)) == 1


async def test_nothing_is_looked_at_before_it_is_due(world: World) -> None:
    assert not await refresh_due_feed(world.deps)
    await added(world)
    world.clock.pass_(minutes=-1)
    assert not await refresh_due_feed(world.deps)


async def test_who_dies_while_reading_leaves_a_calendar_that_comes_due_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def dies(*_: object) -> None:
        raise KeyboardInterrupt

    row = await added(world)
    monkeypatch.setattr(feed_actions, "fetch_feed", dies)
    with pytest.raises(KeyboardInterrupt):
        await refresh_due_feed(world.deps)
    assert not await refresh_due_feed(world.deps)  # somebody else waits for the lease
    assert (await kept(world, row)).due_at == TEN + LEASE


async def test_who_is_overtaken_writes_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    row = await added(world)

    async def overtaken(*_: object) -> object:
        async with world.deps.database.write() as session:
            (await session.get_one(type(row), row.id)).due_at = TEN + 9 * HOUR
        return feed_actions.Fetched(ROUNDS, "")

    monkeypatch.setattr(feed_actions, "fetch_feed", overtaken)
    await refresh_due_feed(world.deps)
    assert (await kept(world, row)).checked_at is None
    assert await rows(world) == []


async def test_a_calendar_is_dropped_with_what_it_said(world: World) -> None:
    async with hospital(lambda _: ok(ROUNDS)) as url:
        row = await added(world, f"{url}/a.ics")
        await refresh_due_feed(reaching(world))
    await drop_feed(world.deps, world.actors["pcp"], world.practitioners["pcp"], row.id)
    assert await rows(world) == []
    async with world.deps.database.read() as session:
        assert await session.get(CalendarFeed, row.id) is None
    await drop_feed(world.deps, world.actors["pcp"], world.practitioners["pcp"], row.id)


async def test_nobody_drops_a_calendar_that_is_not_among_theirs(world: World) -> None:
    row = await added(world)
    await drop_feed(world.deps, world.actors["psychiatrist"], world.practitioners["psychiatrist"], row.id)
    with pytest.raises(Forbidden):
        await drop_feed(world.deps, world.actors["psychiatrist"], world.practitioners["pcp"], row.id)
    await drop_feed(world.deps, world.actors["pcp"], world.practitioners["pcp"], new_id())
    assert (await kept(world, row)).id == row.id


async def test_the_address_is_kept_sealed(world: World) -> None:
    row = await kept(world, await added(world, "webcal://calendar.test/secret.ics"))
    assert b"secret" not in row.address
    assert address_of_feed(world.deps, row) == "https://calendar.test/secret.ics"


async def test_what_is_no_address_is_refused_and_so_is_one_too_many(world: World) -> None:
    pcp = world.practitioners["pcp"]
    with pytest.raises(FeedRefused):
        await add_feed(world.deps, world.actors["pcp"], pcp, "my calendar")
    for _ in range(MOST_FEEDS):
        await added(world)
    with pytest.raises(Conflict):
        await added(world)
