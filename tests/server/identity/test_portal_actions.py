"""A patient's own account: opened by a mailed link, moved from one patient to another, ended."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import col, select

from server.access import Actor
from server.audit import AuditEvent
from server.identity import Account, LinkState, PageSession, SignIn, account_email
from server.identity.account_link_actions import LIFETIME
from server.identity.portal_actions import (
    act_as_patient,
    act_as_staff,
    add_to_account,
    end_patient_access,
    look_at_opening,
    open_account,
)
from server.kit import Conflict, Invalid, NotFound, Secret, SignInNeeded, digest, field_name
from server.kit.ids import OrganizationId
from server.outbox import Mail, OutboxMessage
from tests.cast import World
from tests.server.identity.own_accounts import (
    ADDRESS,
    EMAIL,
    PASSWORD,
    another_patient,
    as_patient,
    mailed_link,
    make_own,
    own_account,
    started,
    stored_link,
    ties,
)
from tests.server.outbox.push_service import Device
from tests.server.outbox.reached import browsers, subscribed

pytestmark = pytest.mark.anyio

HERE = SignIn(ADDRESS, "Firefox")


async def rows(world: World, table: Any) -> Sequence[Any]:
    async with world.deps.database.read() as session:
        return (await session.exec(select(table).order_by(table.id))).all()


async def events(world: World, action: str) -> Sequence[AuditEvent]:
    async with world.deps.database.read() as session:
        query = select(AuditEvent).where(AuditEvent.action == action).order_by(col(AuditEvent.id))
        return (await session.exec(query)).all()


async def accounts_with(world: World, email: str) -> list[Account]:
    return [row for row in await rows(world, Account) if account_email(world.deps.keyring, row) == email]


async def session_of(world: World, secret: Secret) -> PageSession:
    async with world.deps.database.read() as session:
        return (await session.exec(select(PageSession).where(PageSession.token_hash == secret.digest))).one()


def notice(world: World) -> Mail:
    return Mail(OrganizationId(world.patient.organization_id), world.patient.id, "old@example.org", "Account", "Made.")


async def revoked(world: World, patient_id: UUID) -> tuple[bool, list[str]]:
    """End a patient's access as the front desk; gives whether there was any, and the session keys that were closed."""
    keys: list[str] = []

    async def watch(key: str) -> None:
        keys.append(key)

    deps = replace(world.deps, revoke=watch)
    async with deps.database.write() as session:
        ended = await end_patient_access(session, deps, world.actors["frontdesk"], patient_id)
    return ended, keys


# The mailed link


async def test_looking_at_a_mailed_link_spends_nothing(world: World) -> None:
    token = await mailed_link(world)
    before = await stored_link(world, token)
    for _ in range(5):
        opening = await look_at_opening(world.deps, token)
        assert (opening.state, opening.holder.account) == (LinkState.USABLE, None)
    assert (await stored_link(world, token)).model_dump() == before.model_dump()


async def test_neither_the_links_text_nor_the_address_is_stored_readably(site: World) -> None:
    token = await mailed_link(site)
    row = repr((await stored_link(site, token)).model_dump())
    for secret in (token, EMAIL, PASSWORD):
        assert secret not in row


async def test_the_right_password_makes_the_account_and_signs_in_as_the_patient(world: World) -> None:
    secret = await open_account(world.deps, await mailed_link(world), PASSWORD, HERE)
    assert secret is not None
    (account,) = await accounts_with(world, EMAIL)
    assert await ties(world) == {(account.id, world.patient.id)}
    row = await session_of(world, secret)
    assert (row.account_id, row.patient_id, row.organization_id) == (
        account.id,
        world.patient.id,
        world.patient.organization_id,
    )


async def test_the_new_account_is_on_the_record_of_its_patient(site: World) -> None:
    await open_account(site.deps, await mailed_link(site), PASSWORD, HERE)
    (event,) = await events(site, "open_account")
    assert (event.patient_id, event.roles, event.address) == (site.patient.id, "patient", ADDRESS)


async def test_a_mail_that_went_astray_opens_nothing_without_the_chosen_password(site: World) -> None:
    token = await mailed_link(site)
    assert await open_account(site.deps, token, "something else 1", HERE) is None
    assert await accounts_with(site, EMAIL) == []
    (event,) = await events(site, "open_account")
    assert (event.outcome, event.patient_id, event.address) == ("denied", site.patient.id, ADDRESS)


async def test_a_wrong_password_leaves_the_link_to_the_one_who_knows_it(site: World) -> None:
    token = await mailed_link(site)
    await open_account(site.deps, token, "something else 1", HERE)
    assert await open_account(site.deps, token, PASSWORD, HERE) is not None


async def test_a_link_nobody_made_is_not_found(site: World) -> None:
    for attempt in (look_at_opening(site.deps, "made-up"), open_account(site.deps, "made-up", PASSWORD, HERE)):
        with pytest.raises(NotFound):
            await attempt


async def test_a_link_works_once(site: World) -> None:
    token = await mailed_link(site)
    await open_account(site.deps, token, PASSWORD, HERE)
    with pytest.raises(Conflict):
        await open_account(site.deps, token, PASSWORD, HERE)
    assert (await look_at_opening(site.deps, token)).state is LinkState.ENDED


async def test_a_link_is_good_for_a_day(site: World) -> None:
    token = await mailed_link(site)
    site.clock.now += LIFETIME["patient"] - timedelta(seconds=1)
    assert (await look_at_opening(site.deps, token)).state is LinkState.USABLE
    site.clock.pass_(seconds=1)
    with pytest.raises(Conflict):
        await open_account(site.deps, token, PASSWORD, HERE)
    assert await accounts_with(site, EMAIL) == []


async def test_a_newer_link_stops_the_one_that_went_to_a_mistyped_address(site: World) -> None:
    astray = await mailed_link(site, "mraia@example.org")
    await mailed_link(site)
    with pytest.raises(Conflict):
        await open_account(site.deps, astray, PASSWORD, HERE)


async def test_another_patients_newer_link_stops_nothing(site: World) -> None:
    token = await mailed_link(site)
    await mailed_link(site, patient=await another_patient(site, "Leo"))
    assert await open_account(site.deps, token, PASSWORD, HERE) is not None


async def test_of_twenty_openings_at_once_one_makes_the_account(world: World) -> None:
    token = await mailed_link(world)
    tries = (open_account(world.deps, token, PASSWORD, HERE) for _ in range(20))
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert [type(r) for r in results if not isinstance(r, Conflict)] == [Secret]
    assert len(await accounts_with(world, EMAIL)) == len(await ties(world)) == 1


async def test_two_links_of_one_address_opened_at_once_make_one_account(world: World) -> None:
    tokens = [await mailed_link(world), await mailed_link(world, patient=await another_patient(world, "Leo"))]
    tries = (open_account(world.deps, token, PASSWORD, HERE) for token in tokens)
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert sorted(type(r).__name__ for r in results) == ["Conflict", "Secret"]
    assert len(await accounts_with(world, EMAIL)) == 1


async def test_the_notice_is_promised_exactly_when_the_account_is_made(site: World) -> None:
    token = await mailed_link(site)
    await open_account(site.deps, token, "something else 1", HERE, notice(site))
    assert await rows(site, OutboxMessage) == []
    await open_account(site.deps, token, PASSWORD, HERE, notice(site))
    assert len(await rows(site, OutboxMessage)) == 1


# An address that has an account already


async def test_the_chosen_password_opens_no_account_that_is_there_already(site: World) -> None:
    email = account_email(site.deps.keyring, site.accounts["pcp"])
    token = await mailed_link(site, email)
    with pytest.raises(Conflict):
        await open_account(site.deps, token, PASSWORD, HERE)
    (account,) = await accounts_with(site, email)
    assert account.password_hash is None
    assert await ties(site) == set()


async def test_a_disabled_account_is_not_taken_up_again(site: World) -> None:
    account = await own_account(site)
    async with site.deps.database.write() as session:
        (await session.get_one(Account, account.id)).disabled_at = site.clock.now
    with pytest.raises(Conflict):
        await open_account(site.deps, await mailed_link(site), PASSWORD, HERE)


async def test_an_account_that_is_nobodys_any_more_is_taken_up_by_who_proves_its_address(site: World) -> None:
    account = await own_account(site)
    await revoked(site, site.patient.id)
    assert await open_account(site.deps, await mailed_link(site), PASSWORD, HERE) is not None
    assert await ties(site) == {(account.id, site.patient.id)}


async def test_who_is_signed_in_adds_another_patient(world: World) -> None:
    account, leo = await own_account(world), await another_patient(world, "Leo")
    token = await mailed_link(world, patient=leo)
    assert await add_to_account(world.deps, as_patient(account, world.patient), token) == leo.id
    assert await ties(world) == {(account.id, world.patient.id), (account.id, leo.id)}
    (event,) = await events(world, "open_account")
    assert (event.account_id, event.patient_id) == (account.id, leo.id)


async def test_a_member_of_staff_adds_their_own_visits(site: World) -> None:
    staff = site.accounts["pcp"]
    token = await mailed_link(site, account_email(site.deps.keyring, staff))
    await add_to_account(site.deps, site.actors["pcp"], token)
    assert await ties(site) == {(staff.id, site.patient.id)}


async def test_nobody_adds_the_patient_of_a_mail_to_another_address(site: World) -> None:
    token = await mailed_link(site, "somebody.else@example.org")
    with pytest.raises(NotFound):
        await add_to_account(site.deps, site.actors["pcp"], token)
    assert await ties(site) == set()
    assert (await look_at_opening(site.deps, token)).state is LinkState.USABLE


async def test_adding_a_patient_who_is_there_already_changes_nothing(site: World) -> None:
    account = await own_account(site)
    token = await mailed_link(site)
    await add_to_account(site.deps, as_patient(account, site.patient), token, notice(site))
    assert await ties(site) == {(account.id, site.patient.id)}
    with pytest.raises(Conflict):
        await add_to_account(site.deps, as_patient(account, site.patient), token)


# One at a time


async def moved_from(world: World, secret: Secret, base: Actor) -> Actor:
    row = await session_of(world, secret)
    return replace(base, session_id=row.id, session_key=str(row.id))


async def test_a_session_moves_to_another_patient_of_the_account_under_a_new_secret(world: World) -> None:
    leo = await another_patient(world, "Leo")
    account = await own_account(world, world.patient, leo)
    old = await started(world, account, world.patient)
    actor = await moved_from(world, old, as_patient(account, world.patient))
    new = await act_as_patient(world.deps, actor, leo.id)
    assert (await session_of(world, new)).patient_id == leo.id
    assert (await session_of(world, old)).ended_at == world.clock.now
    (event,) = await events(world, "act_as")
    assert (event.account_id, event.patient_id) == (account.id, leo.id)


async def test_moving_proves_nobody_anew_and_makes_no_session_longer(site: World) -> None:
    leo = await another_patient(site, "Leo")
    account = await own_account(site, site.patient, leo)
    old = await started(site, account, site.patient)
    site.clock.pass_(minutes=20)
    actor = await moved_from(site, old, as_patient(account, site.patient))
    before, after = await session_of(site, old), await session_of(site, await act_as_patient(site.deps, actor, leo.id))
    assert (after.proved_at, after.ends_at) == (before.proved_at, before.ends_at)


async def test_what_the_issuer_gave_moves_along_sealed_for_the_new_row(site: World) -> None:
    account = await own_account(site)
    old = await started(site, account, site.patient)
    row = await session_of(site, old)
    async with site.deps.database.write() as session:
        place = field_name("page_session", row.id, "id_token")
        (await session.get_one(PageSession, row.id)).id_token = site.deps.keyring.seal("a token", place)
    actor = await moved_from(site, old, as_patient(account, site.patient))
    new = await session_of(site, await act_as_patient(site.deps, actor, None))
    assert new.id_token is not None
    assert site.deps.keyring.open(new.id_token, field_name("page_session", new.id, "id_token")) == "a token"


async def test_staff_open_their_own_visits_and_go_back_to_work(site: World) -> None:
    staff = site.accounts["pcp"]
    await make_own(site, staff, site.patient)
    at_work = await started(site, staff)
    own = await act_as_patient(site.deps, await moved_from(site, at_work, site.actors["pcp"]), None)
    assert (await session_of(site, own)).patient_id == site.patient.id
    back = await act_as_staff(site.deps, await moved_from(site, own, as_patient(staff, site.patient)))
    assert (await session_of(site, back)).patient_id is None


async def test_staff_who_look_at_their_own_visits_are_still_notified_in_that_browser(site: World) -> None:
    staff = site.accounts["pcp"]
    await make_own(site, staff, site.patient)
    at_work = await moved_from(site, await started(site, staff), site.actors["pcp"])
    await subscribed(site, Device.new("https://push.test/1"), "pcp", session_id=at_work.session_id)
    own = await act_as_patient(site.deps, at_work, None)
    assert [row.session_id for row in await browsers(site)] == [(await session_of(site, own)).id]


async def test_nobody_moves_to_a_patient_who_is_not_their_own(site: World) -> None:
    account = await own_account(site)
    secret = await started(site, account, site.patient)
    actor = await moved_from(site, secret, as_patient(account, site.patient))
    for stranger in (site.outside_patient.id, (await another_patient(site, "Leo")).id):
        with pytest.raises(NotFound):
            await act_as_patient(site.deps, actor, stranger)
    assert (await session_of(site, secret)).ended_at is None


async def test_a_patient_has_no_work_to_go_back_to(site: World) -> None:
    account = await own_account(site)
    secret = await started(site, account, site.patient)
    with pytest.raises(NotFound):
        await act_as_staff(site.deps, await moved_from(site, secret, as_patient(account, site.patient)))


async def test_a_session_that_has_ended_moves_nowhere(site: World) -> None:
    account = await own_account(site)
    secret = await started(site, account, site.patient)
    actor = await moved_from(site, secret, as_patient(account, site.patient))
    await act_as_patient(site.deps, actor, None)
    for gone in (actor, as_patient(account, site.patient)):
        with pytest.raises(SignInNeeded):
            await act_as_patient(site.deps, gone, None)


async def test_of_ten_moves_at_once_one_holds_the_session(world: World) -> None:
    account = await own_account(world)
    actor = await moved_from(world, await started(world, account, world.patient), as_patient(account, world.patient))
    tries = (act_as_patient(world.deps, actor, None) for _ in range(10))
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert [type(r) for r in results if not isinstance(r, SignInNeeded)] == [Secret]


# The end of it


async def test_removed_access_ends_the_sessions_and_their_connections_at_once(world: World) -> None:
    account = await own_account(world)
    row = await session_of(world, await started(world, account, world.patient))
    assert await revoked(world, world.patient.id) == (True, [str(row.id)])
    assert await ties(world) == set()
    (event,) = await events(world, "end_account")
    assert (event.account_id, event.patient_id) == (world.accounts["frontdesk"].id, world.patient.id)


async def test_who_lost_the_last_patient_signs_in_no_more(site: World) -> None:
    account = await own_account(site)
    await revoked(site, site.patient.id)
    with pytest.raises(Invalid):
        await started(site, account)


async def test_removed_access_leaves_the_accounts_other_patients(site: World) -> None:
    leo = await another_patient(site, "Leo")
    account = await own_account(site, site.patient, leo)
    other = await started(site, account, leo)
    await revoked(site, site.patient.id)
    assert await ties(site) == {(account.id, leo.id)}
    assert (await session_of(site, other)).ended_at is None


async def test_a_link_on_its_way_opens_no_more_once_access_is_removed(site: World) -> None:
    token = await mailed_link(site)
    assert await revoked(site, site.patient.id) == (False, [])
    assert (await look_at_opening(site.deps, token)).state is LinkState.REPLACED
    assert await events(site, "end_account") == []
    assert (await stored_link(site, token)).token_hash == digest(token)


async def test_another_organization_ends_nothing(site: World) -> None:
    await own_account(site)
    async with site.deps.database.write() as session:
        assert not await end_patient_access(session, site.deps, site.actors["outsider"], site.patient.id)
    assert len(await ties(site)) == 1
