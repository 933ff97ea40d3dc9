"""Page sessions after they were begun: used, ended, unlocked, moved; on both databases where two may come at once."""

import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from argon2 import PasswordHasher

from server.access import Actor, Role
from server.identity.session_actions import (
    revoke_other_sessions,
    revoke_session,
    switch_organization,
    touch_call,
    touch_session,
    unlock_session,
)
from server.identity.tables import Issuer, SignInPolicy
from server.kit import Conflict, Forbidden, Invalid, NotFound, Secret, digest
from server.kit.ids import new_id
from tests.cast import World
from tests.server.identity.sessions import Revoked, all_rows, begin, events, give, join_outsiders, row_of
from tests.server.outbox.push_service import Device
from tests.server.outbox.reached import browsers, subscribed

pytestmark = pytest.mark.anyio

PASSWORD = "correct horse battery"
HASHED = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)


# Used


async def test_a_session_that_was_used_says_when_and_a_call_says_so_apart(site: World) -> None:
    pcp = await begin(site)
    assert pcp.session_id is not None
    later = site.clock.now + timedelta(minutes=3)
    await touch_session(site.deps, pcp.session_id, later)
    await touch_call(site.deps, pcp.session_id, later + timedelta(minutes=1))
    row = await row_of(site, pcp)
    assert (row.seen_at, row.called_at) == (later, later + timedelta(minutes=1))


async def test_using_a_session_whose_row_is_gone_writes_nothing(site: World) -> None:
    await touch_session(site.deps, new_id(), site.clock.now)
    await touch_call(site.deps, new_id(), site.clock.now)
    assert await all_rows(site) == []


# Ended


async def test_one_s_own_other_session_can_be_ended_and_that_is_on_the_record_once(world: World) -> None:
    here, there, live = await begin(world), await begin(world), Revoked(world)
    deps = live.watched()
    await asyncio.gather(*(revoke_session(deps, here, there.session_id) for _ in range(5)))
    assert live.keys == [there.session_key]
    assert await events(world, "end_session") == [("end_session", here.account_id, "success")]
    assert (await row_of(world, here)).ended_at is None


async def test_nobody_ends_a_session_of_somebody_else(site: World) -> None:
    pcp, outsider, live = await begin(site), await begin(site, "outsider"), Revoked(site)
    for session_id in (outsider.session_id, new_id(), None):
        with pytest.raises(NotFound):
            await revoke_session(live.watched(), pcp, session_id)
    assert live.keys == []


async def test_all_others_end_at_one_press(site: World) -> None:
    here, live = await begin(site), Revoked(site)
    others = [await begin(site) for _ in range(2)]
    assert await revoke_other_sessions(live.watched(), here) == 2
    assert sorted(live.keys) == sorted(other.session_key for other in others)
    assert await revoke_other_sessions(live.watched(), here) == 0
    assert len(await events(site, "end_sessions")) == 1


async def test_somebody_without_an_account_has_no_sessions_to_end(site: World) -> None:
    with pytest.raises(NotFound):
        await revoke_other_sessions(site.deps, replace(site.actors["pcp"], account_id=None))


# Unlocked


async def unlock(world: World, actor: Actor, password: str) -> tuple[Secret, datetime]:
    """Unlock in the browser that holds the session."""
    held = [row.token_hash for row in await all_rows(world) if row.id == actor.session_id]
    return await unlock_session(world.deps, actor, held[0] if held else b"", password)


async def test_the_password_brings_a_session_back_under_a_new_secret(world: World) -> None:
    await give(world, "pcp", password_hash=HASHED)
    pcp = await begin(world)
    before = await row_of(world, pcp)
    world.clock.pass_(minutes=45)
    secret, ends_at = await unlock(world, pcp, PASSWORD)
    after = await row_of(world, pcp)
    assert after.token_hash == digest(secret.text) != before.token_hash
    assert (after.seen_at, after.proved_at, after.ended_at) == (world.clock.now, world.clock.now, None)
    assert ends_at == after.ends_at == before.ends_at, "its age stays"
    assert await events(world, "unlock") == [("unlock", pcp.account_id, "success")]


async def test_a_wrong_password_is_said_and_is_on_the_record_and_changes_nothing(site: World) -> None:
    await give(site, "pcp", password_hash=HASHED)
    pcp = await begin(site)
    before = await row_of(site, pcp)
    for wrong in ("", "wrong", PASSWORD.upper()):
        with pytest.raises(Invalid) as refused:
            await unlock(site, pcp, wrong)
        assert "password" in refused.value.errors
    assert await row_of(site, pcp) == before
    assert await events(site, "unlock") == [("unlock", pcp.account_id, "denied")] * 3


async def test_whoever_has_no_password_cannot_unlock_with_one(site: World) -> None:
    pcp = await begin(site)
    for typed in ("", "anything"):
        with pytest.raises(Invalid):
            await unlock(site, pcp, typed)


async def test_in_the_demo_whoever_signs_in_with_one_click_unlocks_with_one(site: World) -> None:
    deps = replace(site.deps, settings=site.deps.settings.model_copy(update={"demo": "1"}))
    demo = replace(site, deps=deps)
    pcp = await begin(site)
    await unlock(demo, pcp, "")
    await give(site, "pcp", password_hash=HASHED)
    with pytest.raises(Invalid):
        await unlock(demo, pcp, "")
    await unlock(demo, pcp, PASSWORD)


async def test_of_many_unlocks_at_once_one_makes_the_new_secret(world: World) -> None:
    await give(world, "pcp", password_hash=HASHED)
    pcp = await begin(world)
    held = (await row_of(world, pcp)).token_hash
    tries = (unlock_session(world.deps, pcp, held, PASSWORD) for _ in range(8))
    done = await asyncio.gather(*tries, return_exceptions=True)
    (won,) = [found for found in done if isinstance(found, tuple)]
    assert digest(won[0].text) == (await row_of(world, pcp)).token_hash
    assert {type(found) for found in done if isinstance(found, BaseException)} == {Conflict}


@pytest.mark.parametrize("how", ["ended", "old", "gone"])
async def test_a_session_that_is_over_is_not_unlocked(site: World, how: str) -> None:
    await give(site, "pcp", password_hash=HASHED)
    pcp = await begin(site)
    if how == "ended":
        await revoke_session(site.deps, pcp, pcp.session_id)
    elif how == "old":
        site.clock.pass_(hours=12)
    else:
        pcp = replace(pcp, session_id=new_id())
    with pytest.raises(Conflict):
        await unlock(site, pcp, PASSWORD)


# Moved to another organization


async def test_a_member_of_two_organizations_goes_on_in_the_other_with_a_new_session(world: World) -> None:
    away = await join_outsiders(world)
    pcp, live = await begin(world, methods=("pwd",)), Revoked(world)
    world.clock.pass_(hours=1)
    secret, ends_at = await switch_organization(live.watched(), pcp, away)
    old, new = await all_rows(world)
    assert (old.ended_at, live.keys) == (world.clock.now, [pcp.session_key])
    assert new.token_hash == digest(secret.text) != old.token_hash
    assert (new.organization_id, new.account_id, new.ended_at) == (away, pcp.account_id, None)
    assert ends_at == new.ends_at == old.ends_at, "no session grows older by moving"
    assert (new.proved_at, new.methods, new.address) == (old.proved_at, "pwd", old.address)
    assert [e[0] for e in await events(world, "leave_organization", "enter_organization")] == [
        "leave_organization",
        "enter_organization",
    ]


async def test_who_moves_to_another_organization_is_still_notified_in_that_browser(site: World) -> None:
    away, pcp = await join_outsiders(site), await begin(site)
    await subscribed(site, Device.new("https://push.test/1"), "pcp", session_id=pcp.session_id)
    await switch_organization(site.deps, pcp, away)
    assert [row.session_id for row in await browsers(site)] == [(await all_rows(site))[1].id]


async def test_nobody_moves_to_an_organization_they_do_not_belong_to(site: World) -> None:
    pcp, away = await begin(site), site.actors["outsider"].organization_id
    for wanted in (away, new_id(), None):
        with pytest.raises(NotFound):
            await switch_organization(site.deps, pcp, wanted)
    assert (await row_of(site, pcp)).ended_at is None


async def test_whom_an_issuer_signed_in_stays_in_the_issuer_s_organization(site: World) -> None:
    away, home = await join_outsiders(site), site.clinic.organization_id
    issuer = Issuer(
        id=new_id(),
        organization_id=home,
        source="page",
        label="Cedar",
        issuer="https://idp.test",
        client_id="c",
        created_at=site.clock.now,
    )
    async with site.deps.database.write() as session:
        session.add(issuer)
    pcp = await begin(site, organization_id=home, issuer_id=issuer.id, methods=("fed",))
    with pytest.raises(NotFound):
        await switch_organization(site.deps, pcp, away)


@pytest.mark.parametrize(("methods", "allowed"), [(("pwd",), False), (("pwd", "otp"), True)])
async def test_an_organization_s_second_factor_is_not_gone_around(
    site: World, methods: tuple[str, ...], allowed: bool
) -> None:
    away = await join_outsiders(site, role=Role.SPECIALIST)
    async with site.deps.database.write() as session:
        session.add(SignInPolicy(id=new_id(), organization_id=away, second_factor_roles="admin,specialist"))
    pcp = await begin(site, methods=methods)
    if allowed:
        await switch_organization(site.deps, pcp, away)
    else:
        with pytest.raises(Forbidden):
            await switch_organization(site.deps, pcp, away)
    assert (await row_of(site, pcp)).ended_at == (site.clock.now if allowed else None)


async def test_of_many_moves_at_once_one_is_made(world: World) -> None:
    away = await join_outsiders(world)
    pcp = await begin(world)
    moves = (switch_organization(world.deps, pcp, away) for _ in range(8))
    done = await asyncio.gather(*moves, return_exceptions=True)
    assert sum(isinstance(found, tuple) for found in done) == 1
    assert {type(found) for found in done if isinstance(found, BaseException)} == {Conflict}
    assert len(await all_rows(world)) == 2


async def test_a_session_without_a_row_moves_nowhere(site: World) -> None:
    nobody: Actor = replace(site.actors["pcp"], session_id=None)
    with pytest.raises(Conflict):
        await switch_organization(site.deps, nobody, site.clinic.organization_id)
