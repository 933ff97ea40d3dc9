"""Signing in and out."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from sqlmodel import select

from server.audit import AuditEvent
from server.identity import Account, Membership, PageSession, account_email, new_account, passwords
from server.identity.actions import (
    NO_ORGANIZATION,
    SECOND_STEP,
    WRONG_PASSWORD,
    SignIn,
    demo_account,
    renew_hash,
    sign_in,
    sign_out,
    start_session,
)
from server.identity.ceremony_actions import look_at_step
from server.kit import Conflict, Invalid, digest
from server.kit.ids import new_id
from server.web import Deps
from tests.cast import World
from tests.server.identity.factors import give_app
from tests.server.identity.own_accounts import make_own, own_account

pytestmark = pytest.mark.anyio

ADDRESS = "192.0.2.7"
PASSWORD = "correct horse battery"
# A hash names its own costs; this one is quick to verify.
HASHED = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)


async def events(world: World, action: str) -> Sequence[AuditEvent]:
    async with world.deps.database.read() as session:
        return (await session.exec(select(AuditEvent).where(AuditEvent.action == action))).all()


async def sessions(world: World) -> Sequence[PageSession]:
    async with world.deps.database.read() as session:
        return (await session.exec(select(PageSession))).all()


async def give_password(world: World, name: str) -> str:
    account = world.accounts[name]
    async with world.deps.database.write() as session:
        (await session.get_one(Account, account.id)).password_hash = HASHED
    return account_email(world.deps.keyring, account)


def with_settings(deps: Deps, **changes: object) -> Deps:
    return replace(deps, settings=deps.settings.model_copy(update=changes))


# Signing in


async def test_the_right_password_starts_a_session_whose_secret_is_nowhere_stored(world: World) -> None:
    entry = await sign_in(world.deps, await give_password(world, "pcp"), PASSWORD, SignIn(ADDRESS))
    (row,) = await sessions(world)
    assert (entry.waits, row.token_hash) == (False, digest(entry.secret.text))
    assert (row.account_id, row.organization_id) == (world.accounts["pcp"].id, world.clinic.organization_id)


async def test_with_an_app_the_right_password_opens_a_step_and_no_session(world: World) -> None:
    await give_app(world)
    entry = await sign_in(world.deps, await give_password(world, "pcp"), PASSWORD, SignIn(ADDRESS), "/patients")
    assert entry.waits
    assert await sessions(world) == []
    step = await look_at_step(world.deps, SECOND_STEP, entry.secret.text)
    assert step is not None
    assert (step.account_id, step.data["wanted"], step.data["methods"]) == (
        world.accounts["pcp"].id,
        "/patients",
        ["pwd"],
    )


async def test_a_right_password_is_hashed_anew_with_the_costs_of_today(
    site: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher())
    await sign_in(site.deps, await give_password(site, "pcp"), PASSWORD, SignIn(ADDRESS))
    async with site.deps.database.read() as session:
        renewed = (await session.get_one(Account, site.accounts["pcp"].id)).password_hash or ""
    assert renewed != HASHED
    assert not PasswordHasher().check_needs_rehash(renewed)
    PasswordHasher().verify(renewed, PASSWORD)


async def test_an_account_without_password_needs_no_new_hash(site: World) -> None:
    await renew_hash(site.deps, site.accounts["pcp"], PASSWORD)
    async with site.deps.database.read() as session:
        assert (await session.get_one(Account, site.accounts["pcp"].id)).password_hash is None


async def test_a_session_lives_for_as_many_hours_as_the_settings_say(site: World) -> None:
    await start_session(with_settings(site.deps, session_hours=3), site.accounts["pcp"], SignIn(ADDRESS))
    (row,) = await sessions(site)
    assert row.ends_at - row.created_at == timedelta(hours=3)


async def test_signing_in_is_on_the_record_with_account_role_and_address(site: World) -> None:
    await sign_in(site.deps, await give_password(site, "pcp"), PASSWORD, SignIn(ADDRESS))
    (event,) = await events(site, "sign_in")
    assert (event.account_id, event.roles, event.address) == (site.accounts["pcp"].id, "pcp", ADDRESS)
    assert event.outcome == "success"


async def test_each_sign_in_has_a_secret_of_its_own(site: World) -> None:
    first = await start_session(site.deps, site.accounts["pcp"], SignIn(ADDRESS))
    second = await start_session(site.deps, site.accounts["pcp"], SignIn(ADDRESS))
    assert first.text != second.text


async def test_a_wrong_password_is_refused_with_the_email_kept_and_goes_on_the_record(site: World) -> None:
    email = await give_password(site, "pcp")
    with pytest.raises(Invalid) as refused:
        await sign_in(site.deps, email, "wrong", SignIn(ADDRESS))
    assert (refused.value.errors, refused.value.values) == ({"password": WRONG_PASSWORD}, {"email": email})
    (event,) = await events(site, "sign_in")
    assert (event.outcome, event.entity_id, event.address) == ("denied", site.accounts["pcp"].id, ADDRESS)


async def test_an_unknown_account_is_refused_in_the_same_words(site: World) -> None:
    with pytest.raises(Invalid) as refused:
        await sign_in(site.deps, "nobody@demo.test", PASSWORD, SignIn(ADDRESS))
    assert refused.value.errors == {"password": WRONG_PASSWORD}
    (event,) = await events(site, "sign_in")
    assert (event.outcome, event.entity_id) == ("denied", None)


async def test_an_account_without_password_is_not_opened_by_an_empty_one(site: World) -> None:
    with pytest.raises(Invalid):
        await sign_in(site.deps, "pcp@demo.test", "", SignIn(ADDRESS))


async def test_a_disabled_account_is_refused_like_an_unknown_one(site: World) -> None:
    email = await give_password(site, "pcp")
    async with site.deps.database.write() as session:
        (await session.get_one(Account, site.accounts["pcp"].id)).disabled_at = site.clock.now
    with pytest.raises(Invalid) as refused:
        await sign_in(site.deps, email, PASSWORD, SignIn(ADDRESS))
    assert refused.value.errors == {"password": WRONG_PASSWORD}


async def test_an_account_of_no_organization_is_told_whom_to_ask(site: World) -> None:
    loner = new_account(site.deps.keyring, "loner@demo.test", "Lo Ner", site.clock.now)
    async with site.deps.database.write() as session:
        session.add(loner)
    with pytest.raises(Invalid) as refused:
        await start_session(site.deps, loner, SignIn(ADDRESS))
    assert refused.value.errors == {"email": NO_ORGANIZATION}
    assert await sessions(site) == []


async def test_a_member_of_two_organizations_acts_in_the_one_joined_first(world: World) -> None:
    second = Membership(
        id=new_id(),
        account_id=world.accounts["outsider"].id,
        organization_id=world.clinic.organization_id,
        role="pcp",
    )
    async with world.deps.database.write() as session:
        session.add(second)
    await start_session(world.deps, world.accounts["outsider"], SignIn(ADDRESS))
    (row,) = await sessions(world)
    assert row.organization_id == world.actors["outsider"].organization_id


async def test_demo_people_exist_in_the_demo_only(site: World) -> None:
    demo = with_settings(site.deps, demo="1")
    assert (await demo_account(demo, "pcp@demo.test")).id == site.accounts["pcp"].id
    with pytest.raises(Conflict):
        await demo_account(with_settings(site.deps, demo=""), "pcp@demo.test")


async def test_the_demo_opens_no_account_that_is_not_a_demo_person_s(site: World) -> None:
    real = new_account(site.deps.keyring, "real@clinic.test", "Re Al", site.clock.now)
    async with site.deps.database.write() as session:
        session.add(real)
    for email in ("real@clinic.test", "nobody@demo.test"):
        with pytest.raises(Conflict):
            await demo_account(with_settings(site.deps, demo="1"), email)


# Signing out


async def test_signing_out_ends_the_session_and_closes_its_live_connections(world: World) -> None:
    await start_session(world.deps, world.accounts["pcp"], SignIn(ADDRESS))
    (row,) = await sessions(world)
    gone: list[tuple[str, bool]] = []

    async def revoke(key: str) -> None:
        gone.append((key, (await sessions(world))[0].ended_at is not None))

    actor = replace(world.actors["pcp"], session_id=row.id, session_key=str(row.id))
    await sign_out(replace(world.deps, revoke=revoke), actor)
    assert gone == [(str(row.id), True)], "revoked once, and after the commit"


async def test_signing_out_twice_is_recorded_once(site: World) -> None:
    await start_session(site.deps, site.accounts["pcp"], SignIn(ADDRESS))
    (row,) = await sessions(site)
    actor = replace(site.actors["pcp"], session_id=row.id, session_key=str(row.id))
    await sign_out(site.deps, actor)
    site.clock.pass_(minutes=1)
    await sign_out(site.deps, actor)
    assert len(await events(site, "sign_out")) == 1
    assert (await sessions(site))[0].ended_at == site.clock.now - timedelta(minutes=1)


async def test_signing_out_of_a_session_whose_row_is_gone_still_closes_its_connections(site: World) -> None:
    keys: list[str] = []

    async def revoke(key: str) -> None:
        keys.append(key)

    for session_id in (new_id(), None):
        actor = replace(site.actors["pcp"], session_id=session_id, session_key="key")
        await sign_out(replace(site.deps, revoke=revoke), actor)
    assert keys == ["key", "key"]


# What a session acts as


async def test_a_patients_own_account_signs_in_as_that_patient(world: World) -> None:
    account = await own_account(world)
    await start_session(world.deps, account, SignIn(ADDRESS))
    (row,) = await sessions(world)
    assert (row.patient_id, row.organization_id) == (world.patient.id, world.patient.organization_id)
    (event,) = await events(world, "sign_in")
    assert event.roles == "patient"


async def test_who_is_staff_and_a_patient_begins_at_work(site: World) -> None:
    await make_own(site, site.accounts["pcp"], site.patient)
    await start_session(site.deps, site.accounts["pcp"], SignIn(ADDRESS))
    assert [row.patient_id for row in await sessions(site)] == [None]


async def test_nobody_signs_in_as_a_patient_who_is_not_their_own(site: World) -> None:
    account = await own_account(site)
    for name in (account, site.accounts["pcp"]):
        with pytest.raises(Invalid):
            await start_session(site.deps, name, SignIn(ADDRESS, patient_id=site.outside_patient.id))
    assert await sessions(site) == []


async def test_an_issuer_vouches_for_staff_and_for_no_patient(site: World) -> None:
    account = await own_account(site)
    with pytest.raises(Invalid):
        await start_session(site.deps, account, SignIn(ADDRESS, issuer_id=new_id()))
