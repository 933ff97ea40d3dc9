"""Proving again who one is: what is enough, what it writes, and forms that are kept meanwhile."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlmodel import select

from server.access import Actor
from server.identity import PageSession, SignIn, start_session
from server.identity.actions import sign_out
from server.identity.ceremony_actions import LIFETIME
from server.identity.passkey_actions import ask_passkey
from server.identity.passwords import WRONG_PASSWORD
from server.identity.step_up_actions import (
    KeptForm,
    confirm_demo_person,
    confirm_with_code,
    confirm_with_passkey,
    confirm_with_password,
    keep_form,
    kept_form,
)
from server.identity.tables import Ceremony
from server.kit import Gone, Invalid, SignInNeeded, TooMany, digest
from tests.cast import World
from tests.server.identity.factors import (
    PARTY,
    PASSWORD,
    answered,
    code,
    give_app,
    give_passkey,
    give_password,
    noted,
)

pytestmark = pytest.mark.anyio


async def present(world: World, name: str = "pcp") -> Actor:
    """Sign somebody in, twenty minutes ago."""
    secret = await start_session(world.deps, world.accounts[name], SignIn("192.0.2.7"))
    row = await the_session(world, secret.digest)
    world.clock.pass_(minutes=20)
    return replace(world.actors[name], session_id=row.id, session_key=str(row.id), address="192.0.2.7")


async def the_session(world: World, token_hash: bytes) -> PageSession:
    async with world.deps.database.read() as session:
        return (await session.exec(select(PageSession).where(PageSession.token_hash == token_hash))).one()


async def test_the_password_proves_and_the_cookie_changes(world: World) -> None:
    await give_password(world)
    pcp = await present(world)
    secret = await confirm_with_password(world.deps, pcp, PASSWORD)
    row = await the_session(world, digest(secret.text))
    assert (row.id, row.proved_at) == (pcp.session_id, world.clock.now)
    (event,) = await noted(world, "step_up")
    assert (event.outcome, event.why, event.account_id) == ("success", "pwd", pcp.account_id)


async def test_a_wrong_password_proves_nothing_and_is_noted(site: World) -> None:
    await give_password(site)
    pcp = await present(site)
    with pytest.raises(Invalid) as refused:
        await confirm_with_password(site.deps, pcp, "wrong")
    assert refused.value.errors == {"password": WRONG_PASSWORD}
    async with site.deps.database.read() as session:
        row = await session.get_one(PageSession, pcp.session_id)
    assert row.proved_at == site.clock.now - timedelta(minutes=20)
    assert [event.outcome for event in await noted(site, "step_up")] == ["denied"]


async def test_another_person_s_password_proves_nothing(site: World) -> None:
    await give_password(site, "admin")
    with pytest.raises(Invalid):
        await confirm_with_password(site.deps, await present(site), PASSWORD)


async def test_after_ten_wrong_passwords_from_an_address_even_the_right_one_waits(site: World) -> None:
    await give_password(site)
    pcp = await present(site)
    for _ in range(10):
        with pytest.raises(Invalid):
            await confirm_with_password(site.deps, pcp, "wrong")
    with pytest.raises(TooMany):
        await confirm_with_password(site.deps, pcp, PASSWORD)
    await confirm_with_password(site.deps, replace(pcp, address="198.51.100.9"), PASSWORD)


async def test_a_code_is_enough_only_where_there_is_nothing_stronger(site: World) -> None:
    secret, pcp = await give_app(site), await present(site)
    assert (await confirm_with_code(site.deps, pcp, code(site, secret))).text
    with pytest.raises(Invalid):
        await confirm_with_code(site.deps, pcp, code(site, secret))
    await give_password(site)
    site.clock.pass_(minutes=1)
    with pytest.raises(Invalid):
        await confirm_with_code(site.deps, pcp, code(site, secret))


async def test_a_passkey_of_one_s_own_proves(site: World) -> None:
    mine, other = await give_passkey(site), await give_passkey(site, "admin")
    pcp = await present(site)
    asked = await ask_passkey(site.deps, PARTY, pcp.account_id)
    await confirm_with_passkey(site.deps, pcp, answered(asked, mine.used(asked.options)))
    assert (await noted(site, "step_up"))[-1].why == "hwk,user,mfa"
    asked = await ask_passkey(site.deps, PARTY, pcp.account_id)
    with pytest.raises(Invalid):
        await confirm_with_passkey(site.deps, pcp, answered(asked, other.used(asked.options)))


async def test_a_demo_person_without_anything_proves_by_a_button_in_the_demo_only(site: World) -> None:
    pcp = await present(site)
    demo = replace(site.deps, settings=site.deps.settings.model_copy(update={"demo": "1"}))
    assert (await confirm_demo_person(demo, pcp)).text
    with pytest.raises(Invalid):
        await confirm_demo_person(site.deps, pcp)
    await give_password(site)
    with pytest.raises(Invalid):
        await confirm_demo_person(demo, pcp)


async def test_a_session_that_ended_is_not_proved(site: World) -> None:
    await give_password(site)
    pcp = await present(site)
    await sign_out(site.deps, pcp)
    with pytest.raises(SignInNeeded):
        await confirm_with_password(site.deps, pcp, PASSWORD)


# Forms that are kept

FORM = KeptForm("/patients/new?x=1", "/patients/new", [("given", "Maria"), ("tag", "a"), ("tag", "b")])


async def test_a_form_comes_back_as_it_was_posted(world: World) -> None:
    pcp = await present(world)
    assert await kept_form(world.deps, pcp, await keep_form(world.deps, pcp, FORM)) == FORM


async def test_a_form_is_kept_sealed_and_without_passwords(site: World) -> None:
    pcp = await present(site)
    fields = [("new_password", "hunter2"), ("client_secret", "s3"), ("given", "Maria")]
    token = await keep_form(site.deps, pcp, replace(FORM, fields=fields))
    assert (await kept_form(site.deps, pcp, token)).fields == [("given", "Maria")]
    async with site.deps.database.read() as session:
        (row,) = (await session.exec(select(Ceremony))).all()
    assert b"Maria" not in row.data


async def test_no_other_session_gets_a_form_not_even_of_the_same_person(site: World) -> None:
    pcp, other = await present(site), await present(site)
    token = await keep_form(site.deps, pcp, FORM)
    for actor in (other, await present(site, "admin")):
        with pytest.raises(Gone):
            await kept_form(site.deps, actor, token)


async def test_a_form_is_kept_for_ten_minutes(site: World) -> None:
    pcp = await present(site)
    token = await keep_form(site.deps, pcp, FORM)
    site.clock.now += LIFETIME
    with pytest.raises(Gone):
        await kept_form(site.deps, pcp, token)
