"""One-time links of accounts, and the passwords that are replaced by them."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from argon2 import PasswordHasher
from sqlmodel import select

from server.access import Role
from server.db import Database
from server.identity import Account, AccountLink, Membership, new_setup_link, passwords
from server.identity.account_link_actions import (
    KEPT,
    account_link_email,
    account_of_reset,
    ask_for_reset,
    change_password,
    forget_old_links,
    look_at_account_link,
    reset_password,
    spend_account_link,
)
from server.identity.passwords import password_fits
from server.kit import Conflict, CurbsideError, Forbidden, Gone, Invalid, NotFound, Secret, digest
from tests.cast import World
from tests.server.identity.account_links import (
    GOOD,
    account,
    acting,
    events,
    link_row,
    live_sessions,
    mails,
    new_link,
    watched,
)
from tests.server.identity.own_accounts import make_own
from tests.server.identity.sessions import begin_by_issuer, join_outsiders

pytestmark = pytest.mark.anyio

EMAIL = "pcp@demo.test"
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_hasher", QUICK)


async def give_password(world: World, name: str = "pcp", password: str = GOOD) -> None:
    async with world.deps.database.write() as session:
        (await session.get_one(Account, world.accounts[name].id)).password_hash = QUICK.hash(password)


async def look(world: World, token: str) -> AccountLink:
    async with world.deps.database.read() as session:
        return await look_at_account_link(session, world.deps, "invitation", digest(token))


async def spend(world: World, secret: Secret) -> UUID:
    async with world.deps.database.write() as session:
        return (await spend_account_link(session, world.deps, "invitation", secret.digest)).id


async def write_link(world: World, secret: Secret, **columns: object) -> None:
    async with world.deps.database.write() as session:
        row = await session.get_one(AccountLink, (await link_row(world, secret)).id)
        for name, value in columns.items():
            setattr(row, name, value)


async def reset_link(world: World, name: str = "pcp") -> Secret:
    return await new_link(world, purpose="reset", account_id=world.accounts[name].id, email="", roles=())


# Links


async def test_a_link_s_text_is_nowhere_stored_and_its_e_mail_is_sealed(site: World) -> None:
    secret = await new_link(site)
    row = await link_row(site, secret)
    assert secret.text.encode() not in row.token_hash
    assert b"new@clinic.test" not in (row.email or b"")
    assert account_link_email(site.deps.keyring, row) == "new@clinic.test"


async def test_looking_spends_nothing(site: World) -> None:
    secret = await new_link(site)
    for _ in range(3):
        await look(site, secret.text)
    assert await spend(site, secret) == (await link_row(site, secret)).id


async def test_a_link_of_another_purpose_is_none(site: World) -> None:
    with pytest.raises(NotFound):
        await look(site, (await reset_link(site)).text)
    with pytest.raises(NotFound):
        await look(site, "nothing")


@pytest.mark.parametrize("column", ["used_at", "revoked_at"])
async def test_a_used_or_revoked_link_is_over(site: World, column: str) -> None:
    secret = await new_link(site)
    await write_link(site, secret, **{column: site.clock.now})
    with pytest.raises(Gone):
        await look(site, secret.text)


async def test_an_invitation_opens_for_seven_days(site: World) -> None:
    secret = await new_link(site)
    site.clock.pass_(days=7, seconds=-1)
    await look(site, secret.text)
    site.clock.pass_(seconds=1)
    with pytest.raises(Gone):
        await look(site, secret.text)


async def test_of_many_who_spend_a_link_at_once_one_gets_it(world: World) -> None:
    secret = await new_link(world)

    async def once() -> bool:
        try:
            await spend(world, secret)
        except (Conflict, Gone):
            return False
        return True

    assert sum(await asyncio.gather(*(once() for _ in range(30)))) == 1


# Set-up


@pytest.fixture
async def empty(site: World) -> World:
    """A site in which nobody administers anything."""
    async with site.deps.database.write() as session:
        for row in (await session.exec(select(Membership).where(Membership.role == Role.ADMINISTRATOR))).all():
            await session.delete(row)
    return site


async def test_a_new_set_up_link_voids_the_one_before(empty: World) -> None:
    first, second = await new_setup_link(empty.deps), await new_setup_link(empty.deps)
    assert first is not None
    assert second is not None
    assert (await link_row(empty, first)).revoked_at is not None
    assert (await link_row(empty, second)).revoked_at is None
    assert len(await events(empty, "make_setup_link")) == 2


async def test_where_somebody_administers_there_is_no_set_up_link(site: World) -> None:
    assert await new_setup_link(site.deps) is None


# Reset


async def test_a_reset_mails_a_link_that_opens_for_an_hour(site: World) -> None:
    await give_password(site)
    await ask_for_reset(site.deps, EMAIL, "192.0.2.7")
    (mail,) = await mails(site)
    assert mail.about_id == site.accounts["pcp"].id
    (event,) = await events(site, "ask_for_reset")
    assert event.outcome == "success"
    secret = await reset_link(site)
    assert (await account_of_reset(site.deps, secret.text)).id == site.accounts["pcp"].id
    site.clock.pass_(minutes=60)
    with pytest.raises(Gone):
        await account_of_reset(site.deps, secret.text)


async def test_asking_again_voids_the_link_before(site: World) -> None:
    await give_password(site)
    first = await reset_link(site)
    await ask_for_reset(site.deps, EMAIL, "")
    with pytest.raises(Gone):
        await account_of_reset(site.deps, first.text)


async def test_nobody_s_e_mail_is_answered_with_as_much_work_and_no_mail(
    site: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await give_password(site)
    writes: list[str] = []
    write = Database.write

    def counted(self: Database) -> object:
        writes.append("write")
        return write(self)

    monkeypatch.setattr(Database, "write", counted)
    await ask_for_reset(site.deps, EMAIL, "")
    known = len(writes)
    await ask_for_reset(site.deps, "nobody@demo.test", "")
    assert len(writes) == 2 * known
    assert len(await mails(site)) == 1
    assert {event.outcome for event in await events(site, "ask_for_reset")} == {"success", "denied"}


async def test_an_account_without_password_gets_words_and_no_link(site: World) -> None:
    await ask_for_reset(site.deps, EMAIL, "")
    (mail,) = await mails(site)
    async with site.deps.database.read() as session:
        assert (await session.exec(select(AccountLink))).all() == []
    assert mail.status == "queued"


async def test_a_new_password_ends_all_sessions_and_its_owner_hears_of_it(world: World) -> None:
    await give_password(world)
    mine, other = await acting(world, "pcp"), await acting(world, "frontdesk")
    secret, again, closed = await reset_link(world), await reset_link(world), list[str]()
    await reset_password(watched(world, closed), secret.text, "lavender gravel 7")
    row = await account(world, "pcp")
    assert await password_fits(row.password_hash, "lavender gravel 7")
    assert row.password_changed_at == world.clock.now
    assert await live_sessions(world) == {other.session_id}
    assert closed == [mine.session_key]
    assert len(await mails(world)) == 1
    assert len(await events(world, "reset_password")) == 1
    with pytest.raises(Gone):
        await reset_password(world.deps, again.text, GOOD)


async def test_a_reset_link_works_once(site: World) -> None:
    secret = await reset_link(site)
    await reset_password(site.deps, secret.text, GOOD)
    with pytest.raises(Gone):
        await reset_password(site.deps, secret.text, "lavender gravel 7")


async def test_two_who_reset_at_once_do_not_both(world: World) -> None:
    secret = await reset_link(world)

    async def once(password: str) -> str:
        try:
            await reset_password(world.deps, secret.text, password)
        except CurbsideError:
            return ""
        return password

    done = await asyncio.gather(*(once(f"lavender gravel {n}") for n in range(5)))
    (won,) = [password for password in done if password]
    assert await password_fits((await account(world, "pcp")).password_hash, won)


async def test_a_disabled_account_is_not_reset(site: World) -> None:
    secret = await reset_link(site)
    async with site.deps.database.write() as session:
        (await session.get_one(Account, site.accounts["pcp"].id)).disabled_at = site.clock.now
    with pytest.raises(Gone):
        await reset_password(site.deps, secret.text, GOOD)


async def test_an_account_of_nobody_s_gets_no_mail(site: World) -> None:
    async with site.deps.database.write() as session:
        mine = select(Membership).where(Membership.account_id == site.accounts["pcp"].id)
        for row in (await session.exec(mine)).all():
            await session.delete(row)
    await give_password(site)
    await ask_for_reset(site.deps, EMAIL, "")
    await reset_password(site.deps, (await reset_link(site)).text, GOOD)
    assert await mails(site) == []


# Changed by its owner


async def test_changing_one_s_password_keeps_this_session_and_ends_the_others(world: World) -> None:
    await give_password(world)
    here, _ = await acting(world, "pcp"), await acting(world, "pcp")
    await change_password(world.deps, here, GOOD, "lavender gravel 7")
    assert await live_sessions(world) == {here.session_id}
    assert await password_fits((await account(world, "pcp")).password_hash, "lavender gravel 7")
    assert len(await mails(world)) == 1


async def test_a_wrong_old_password_changes_nothing_and_goes_on_the_record(site: World) -> None:
    await give_password(site)
    with pytest.raises(Invalid):
        await change_password(site.deps, site.actors["pcp"], "wrong", "lavender gravel 7")
    assert await password_fits((await account(site, "pcp")).password_hash, GOOD)
    (event,) = await events(site, "change_password")
    assert event.outcome == "denied"


async def test_who_has_no_password_may_choose_a_first_one(site: World) -> None:
    await change_password(site.deps, site.actors["pcp"], "", GOOD)
    assert await password_fits((await account(site, "pcp")).password_hash, GOOD)


async def test_a_password_that_was_changed_meanwhile_is_not_changed_again(world: World) -> None:
    await give_password(world)
    tries = (change_password(world.deps, world.actors["pcp"], GOOD, f"lavender gravel {n}") for n in range(2))
    found = await asyncio.gather(*tries, return_exceptions=True)
    assert sorted(type(one).__name__ for one in found) in (["Conflict", "NoneType"], ["Invalid", "NoneType"])


async def test_nobody_s_link_is_none(site: World) -> None:
    secret = await new_link(site, purpose="reset", account_id=None, email="", roles=())
    with pytest.raises(Gone):
        await account_of_reset(site.deps, secret.text)


# What an issuer may not do


async def test_an_issuer_plants_no_password_in_who_belongs_elsewhere_too(world: World) -> None:
    pcp = await begin_by_issuer(world)
    await join_outsiders(world)
    with pytest.raises(Forbidden):
        await change_password(world.deps, pcp, "", GOOD)
    assert (await account(world, "pcp")).password_hash is None


@pytest.mark.parametrize("typed", [GOOD, "wrong"])
async def test_an_issuer_cannot_even_try_passwords_of_who_is_a_patient_too(site: World, typed: str) -> None:
    await give_password(site)
    pcp = await begin_by_issuer(site)
    await make_own(site, site.accounts["pcp"], site.patient)
    with pytest.raises(Forbidden):
        await change_password(site.deps, pcp, typed, "another good one it is")


# Kept for a while


async def test_links_are_kept_for_ninety_days_after_they_ended_and_then_deleted(world: World) -> None:
    old, young = await new_link(world), await new_link(world, purpose="reset", email="")
    ended = (await link_row(world, old)).ends_at
    await write_link(world, young, ends_at=ended + timedelta(seconds=1))
    world.clock.now = ended + KEPT - timedelta(seconds=1)
    assert not await forget_old_links(world.deps)
    world.clock.pass_(seconds=1)
    assert await forget_old_links(world.deps)
    async with world.deps.database.read() as session:
        assert [row.token_hash for row in (await session.exec(select(AccountLink))).all()] == [young.digest]
