"""Sessions end once, and their live connections close once that is durable; on both databases."""

import pytest
from sqlmodel import col

from server.identity import PageSession
from server.identity.endings import end_sessions
from server.web import Deps
from tests.cast import World
from tests.server.identity.sessions import Revoked, all_rows, begin, row_of

pytestmark = pytest.mark.anyio


async def test_a_session_is_ended_once_and_its_connections_close_after_the_commit(world: World) -> None:
    pcp, live = await begin(world), Revoked(world)
    deps, one = live.watched(), col(PageSession.id) == pcp.session_id
    async with world.deps.database.write() as session:
        assert await end_sessions(session, deps, one) == {pcp.session_id}
        assert not await end_sessions(session, deps, one)
        assert live.keys == []
    assert live.keys == [pcp.session_key]
    assert (await row_of(world, pcp)).ended_at == world.clock.now


async def test_a_row_that_is_at_hand_knows_that_it_ended(world: World) -> None:
    pcp = await begin(world)
    async with world.deps.database.write() as session:
        row = await session.get_one(PageSession, pcp.session_id)
        await end_sessions(session, world.deps, col(PageSession.id) == pcp.session_id)
        assert row.ended_at == world.clock.now


async def fail_after_ending(world: World, deps: Deps) -> None:
    async with world.deps.database.write() as session:
        await end_sessions(session, deps, col(PageSession.account_id) == world.accounts["pcp"].id)
        raise RuntimeError


async def test_a_transaction_that_fails_ends_nothing_and_closes_nothing(site: World) -> None:
    pcp, live = await begin(site), Revoked(site)
    with pytest.raises(RuntimeError):
        await fail_after_ending(site, live.watched())
    assert live.keys == []
    assert (await row_of(site, pcp)).ended_at is None


async def test_only_sessions_that_all_conditions_fit_end(world: World) -> None:
    one, two, kept = [await begin(world) for _ in range(3)]
    other, live = await begin(world, "frontdesk"), Revoked(world)
    mine, not_here = col(PageSession.account_id) == one.account_id, col(PageSession.id) != kept.session_id
    async with world.deps.database.write() as session:
        assert await end_sessions(session, live.watched(), mine, not_here) == {one.session_id, two.session_id}
    assert sorted(live.keys) == sorted([one.session_key, two.session_key])
    assert {row.id for row in await all_rows(world) if row.ended_at is None} == {kept.session_id, other.session_id}
