"""Sessions are found for their own person, and keys of live connections only while they stand for somebody."""

from datetime import timedelta

import pytest

from server.access import Actor, Role
from server.identity import PageSession, close_link, prove_link, reach_of
from server.identity.link_actions import guest_key
from server.identity.session_store import (
    held_links,
    idle_accounts,
    live_accounts,
    memberships_in,
    own_sessions,
)
from server.kit.ids import new_id
from tests.cast import World
from tests.server.identity.links import BORN, change, new_link, stored
from tests.server.identity.sessions import begin, give, join_outsiders

pytestmark = pytest.mark.anyio


async def end(world: World, session_id: object) -> None:
    async with world.deps.database.write() as session:
        (await session.get_one(PageSession, session_id)).ended_at = world.clock.now


async def test_a_person_sees_their_own_sessions_that_are_not_over_the_last_used_first(world: World) -> None:
    one = await begin(world)
    world.clock.pass_(minutes=1)
    two, over = await begin(world), await begin(world)
    await begin(world, "frontdesk")
    await end(world, over.session_id)
    async with world.deps.database.read() as session:
        found = await own_sessions(session, two, world.clock.now)
        later = await own_sessions(session, two, world.clock.now + timedelta(days=1))
    assert [row.id for row in found] == [two.session_id, one.session_id]
    assert later == []


async def test_membership_is_asked_for_one_organization(site: World) -> None:
    away = await join_outsiders(site)
    async with site.deps.database.read() as session:
        here = await memberships_in(session, site.accounts["pcp"].id, site.clinic.organization_id)
        there = await memberships_in(session, site.accounts["pcp"].id, away)
    assert ([m.role for m in here], [m.role for m in there]) == (["pcp"], ["specialist"])


async def test_pages_of_a_member_of_several_hear_of_all_and_a_patient_s_of_none(site: World) -> None:
    away, pcp = await join_outsiders(site), await begin(site)
    alone = await begin(site, "frontdesk")
    patient = Actor(frozenset({Role.PATIENT}), site.clinic.organization_id)
    async with site.deps.database.read() as session:
        assert await reach_of(session, pcp) == {site.clinic.organization_id, away}
        assert await reach_of(session, alone) == {site.clinic.organization_id}
        assert await reach_of(session, site.actors["pcp"]) == {site.clinic.organization_id}, "no session, no more"
        assert await reach_of(session, patient) == frozenset()


async def test_an_organization_in_which_somebody_is_disabled_reaches_them_no_more(world: World) -> None:
    away, pcp = await join_outsiders(world), await begin(world)
    async with world.deps.database.write() as session:
        for row in await memberships_in(session, world.accounts["pcp"].id, away):
            row.disabled_at = world.clock.now
    async with world.deps.database.read() as session:
        assert await reach_of(session, pcp) == {world.clinic.organization_id}


async def test_a_session_key_stands_for_somebody_until_the_session_ends_or_the_account_is_disabled(
    world: World,
) -> None:
    pcp, over, off = await begin(world), await begin(world), await begin(world, "frontdesk")
    await end(world, over.session_id)
    await give(world, "frontdesk", disabled_at=world.clock.now)
    keys = [pcp.session_key, over.session_key, off.session_key, str(new_id()), "", "made up"]
    world.clock.pass_(days=2)
    async with world.deps.database.read() as session:
        assert await live_accounts(session, keys) == {pcp.session_key}, "neither idle nor old: a call may be running"
        assert await live_accounts(session, ["", "made up"]) == frozenset()


async def test_a_browser_holds_its_link_while_the_visit_may_go_on_and_some_time_after(world: World) -> None:
    link = await new_link(world)
    await new_link(world)
    async with world.deps.database.read() as session:
        assert await held_links(session, world.clock.now) == []
    held = await prove_link(world.deps, link.text, BORN, None)
    assert held is not None
    async with world.deps.database.read() as session:
        assert await held_links(session, world.clock.now) == [held.secret.digest]
        assert await held_links(session, world.clock.now + timedelta(days=3)) == []
    await change(world, link, held_open=True)
    async with world.deps.database.read() as session:
        assert await held_links(session, world.clock.now + timedelta(days=3)) == [held.secret.digest]
    row = await stored(world, link)
    close_link(row, world.clock.now + timedelta(days=3))
    await change(world, link, held_open=False, closed_at=row.closed_at)
    async with world.deps.database.read() as session:
        assert await held_links(session, world.clock.now + timedelta(days=3)) == [held.secret.digest]
    assert guest_key(held.secret.digest).startswith("guest:")


async def test_nobody_is_at_an_account_when_all_of_its_living_sessions_are_locked(world: World) -> None:
    pcp = await begin(world)
    await begin(world, "frontdesk")
    accounts = [world.accounts[name].id for name in ("pcp", "frontdesk", "admin")]
    world.clock.pass_(minutes=20)
    await begin(world, "frontdesk")
    world.clock.pass_(minutes=10)
    async with world.deps.database.read() as session:
        assert await idle_accounts(session, accounts, world.clock.now, 30) == {world.accounts["pcp"].id}
    async with world.deps.database.write() as session:
        (await session.get_one(PageSession, pcp.session_id)).called_at = world.clock.now
    async with world.deps.database.read() as session:
        assert await idle_accounts(session, accounts, world.clock.now, 30) == set()
