"""The second step: no session before it, five answers, one session, and a first factor where there is none."""

import asyncio
from dataclasses import replace

import pytest
from sqlmodel import select

from server.access import Role
from server.identity import Account, Membership, PageSession, SignIn
from server.identity.actions import NO_ORGANIZATION, Entry, sign_in
from server.identity.authenticator_actions import start_app
from server.identity.authenticator_rules import Asked
from server.identity.ceremony_actions import LIFETIME, MOST_TRIES
from server.identity.recovery_code_actions import make_recovery_codes
from server.identity.second_step_actions import (
    WRONG_ANSWER,
    Passed,
    Waiting,
    answer_second_step,
    enrol_first_app,
    pass_step,
    require_second_factor,
    waiting,
)
from server.kit import Conflict, Forbidden, Gone, Invalid, TooMany, digest
from tests.cast import World
from tests.server.identity.factors import (
    PASSWORD,
    ask_roles,
    authenticators,
    begun_secret,
    code,
    give_app,
    give_passkey,
    give_password,
    noted,
    recovery_codes,
)

pytestmark = pytest.mark.anyio
HOW = SignIn("192.0.2.7", "Firefox")


async def typed_password(world: World, name: str = "pcp", wanted: str = "/patients") -> Entry:
    await give_password(world, name)
    return await sign_in(world.deps, f"{name}@demo.test", PASSWORD, HOW, wanted)


async def who_waits(world: World) -> Waiting:
    entry = await typed_password(world)
    assert entry.waits
    return await waiting(world.deps, entry.secret.text, HOW.address)


async def sessions(world: World) -> list[PageSession]:
    async with world.deps.database.read() as session:
        return list((await session.exec(select(PageSession))).all())


# Who is asked


async def test_without_app_or_policy_the_password_opens_a_session(site: World) -> None:
    entry = await typed_password(site)
    assert not entry.waits
    assert len(await sessions(site)) == 1


async def test_with_an_app_there_is_no_session_before_the_code(world: World) -> None:
    secret = await give_app(world)
    who = await who_waits(world)
    assert who.asked is Asked.FACTOR
    assert await sessions(world) == []
    passed = await answer_second_step(world.deps, who, code(world, secret), HOW)
    (row,) = await sessions(world)
    assert (row.token_hash, row.methods, passed.wanted) == (digest(passed.secret.text), "pwd,otp,mfa", "/patients")


async def test_the_step_s_own_cookie_is_no_session(site: World) -> None:
    await give_app(site)
    entry = await typed_password(site)
    browser = site.browser()
    browser.cookies.set("curbside", entry.secret.text)
    assert (await browser.get("/today")).status_code == 303


async def test_a_role_that_needs_it_is_led_to_add_a_first_factor(site: World) -> None:
    await ask_roles(site, Role.PCP)
    assert (await who_waits(site)).asked is Asked.ENROL
    assert not (await typed_password(site, "frontdesk")).waits


async def test_a_role_that_needs_it_and_has_a_passkey_uses_that(site: World) -> None:
    await give_passkey(site)
    await ask_roles(site, Role.PCP)
    assert (await who_waits(site)).asked is Asked.FACTOR


# The code


async def test_a_recovery_code_is_an_answer_once(site: World) -> None:
    await give_app(site)
    typed, *_ = await make_recovery_codes(site.deps, site.actors["pcp"])
    await answer_second_step(site.deps, await who_waits(site), typed, HOW)
    with pytest.raises(Invalid):
        await answer_second_step(site.deps, await who_waits(site), typed, HOW)
    assert len(await sessions(site)) == 1


async def test_a_wrong_code_is_said_and_noted_and_opens_nothing(site: World) -> None:
    await give_app(site)
    with pytest.raises(Invalid) as refused:
        await answer_second_step(site.deps, await who_waits(site), "000000", HOW)
    assert refused.value.errors == {"code": WRONG_ANSWER}
    event = (await noted(site, "sign_in"))[-1]
    assert (event.outcome, event.why, event.account_id) == ("denied", "wrong code", site.accounts["pcp"].id)
    assert await sessions(site) == []


async def test_the_sixth_answer_is_not_even_looked_at(site: World) -> None:
    secret, who = await give_app(site), await who_waits(site)
    for _ in range(MOST_TRIES):
        with pytest.raises(Invalid):
            await answer_second_step(site.deps, who, "000000", HOW)
    with pytest.raises(Gone):
        await answer_second_step(site.deps, who, code(site, secret), HOW)
    assert await sessions(site) == []


async def test_the_fifth_answer_may_be_the_right_one(site: World) -> None:
    secret, who = await give_app(site), await who_waits(site)
    for _ in range(MOST_TRIES - 1):
        with pytest.raises(Invalid):
            await answer_second_step(site.deps, who, "000000", HOW)
    assert isinstance(await answer_second_step(site.deps, who, code(site, secret), HOW), Passed)


async def test_of_twenty_guesses_at_once_five_are_looked_at(world: World) -> None:
    await give_app(world)
    who = await who_waits(world)
    guesses = (answer_second_step(world.deps, who, f"{guess:06}", HOW) for guess in range(20))
    results = await asyncio.gather(*guesses, return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ["Gone"] * 15 + ["Invalid"] * 5


async def test_of_five_right_answers_at_once_one_opens_a_session(world: World) -> None:
    secret, who = await give_app(world), await who_waits(world)
    right = code(world, secret)
    answers = (answer_second_step(world.deps, who, right, HOW) for _ in range(5))
    results = await asyncio.gather(*answers, return_exceptions=True)
    assert len([result for result in results if isinstance(result, Passed)]) == 1
    assert len(await sessions(world)) == 1


async def test_a_code_that_one_step_took_is_wrong_in_another(site: World) -> None:
    secret = await give_app(site)
    first, second = await who_waits(site), await who_waits(site)
    await answer_second_step(site.deps, first, code(site, secret), HOW)
    with pytest.raises(Invalid):
        await answer_second_step(site.deps, second, code(site, secret), HOW)


async def test_new_steps_do_not_give_more_guesses_than_the_account_s_limit(site: World) -> None:
    await give_app(site)
    for _ in range(4):
        who = await who_waits(site)
        for _ in range(MOST_TRIES):
            with pytest.raises(Invalid):
                await answer_second_step(site.deps, who, "000000", HOW)
    with pytest.raises(TooMany):
        await answer_second_step(site.deps, await who_waits(site), "000000", HOW)
    elsewhere = await waiting(site.deps, (await typed_password(site)).secret.text, "198.51.100.9")
    with pytest.raises(Invalid):
        await answer_second_step(site.deps, elsewhere, "000000", HOW)


async def test_a_step_is_over_after_ten_minutes_or_when_it_is_unknown(site: World) -> None:
    await give_app(site)
    entry = await typed_password(site)
    site.clock.now += LIFETIME
    for token in (entry.secret.text, "guess", ""):
        with pytest.raises(Gone):
            await waiting(site.deps, token, HOW.address)


async def test_an_account_that_was_disabled_meanwhile_is_not_let_in(site: World) -> None:
    await give_app(site)
    entry = await typed_password(site)
    async with site.deps.database.write() as session:
        (await session.get_one(Account, site.accounts["pcp"].id)).disabled_at = site.clock.now
    with pytest.raises(Gone):
        await waiting(site.deps, entry.secret.text, HOW.address)


async def test_an_account_that_left_its_organization_meanwhile_is_told(site: World) -> None:
    await give_app(site)
    entry = await typed_password(site)
    async with site.deps.database.write() as session:
        mine = select(Membership).where(Membership.account_id == site.accounts["pcp"].id)
        await session.delete((await session.exec(mine)).one())
    with pytest.raises(Invalid) as refused:
        await waiting(site.deps, entry.secret.text, HOW.address)
    assert refused.value.errors == {"email": NO_ORGANIZATION}


async def test_a_step_that_was_taken_opens_no_second_session(site: World) -> None:
    await give_app(site)
    who = await who_waits(site)
    await pass_step(site.deps, who, HOW, "hwk")
    with pytest.raises(Gone):
        await pass_step(site.deps, who, HOW, "hwk")


async def test_where_the_session_was_to_act_is_kept_through_the_step(site: World) -> None:
    await give_app(site)
    home = site.clinic.organization_id
    await give_password(site)
    how = replace(HOW, organization_id=home)
    entry = await sign_in(site.deps, "pcp@demo.test", PASSWORD, how)
    await pass_step(site.deps, await waiting(site.deps, entry.secret.text, HOW.address), HOW, "hwk")
    assert (await sessions(site))[0].organization_id == home


# The first factor


async def test_a_first_app_opens_the_session_and_brings_recovery_codes(world: World) -> None:
    await ask_roles(world, Role.PCP)
    who = await who_waits(world)
    await start_app(world.deps, who.actor)
    right = code(world, await begun_secret(world))
    assert await sessions(world) == []
    passed = await enrol_first_app(world.deps, who, right, "Phone", HOW)
    assert len(passed.codes) == len(await recovery_codes(world)) == 10
    assert [row.methods for row in await sessions(world)] == ["pwd,otp,mfa"]
    assert (await who_waits(world)).asked is Asked.FACTOR


async def test_a_wrong_first_code_adds_nothing_and_opens_nothing(site: World) -> None:
    await ask_roles(site, Role.PCP)
    who = await who_waits(site)
    await start_app(site.deps, who.actor)
    with pytest.raises(Invalid):
        await enrol_first_app(site.deps, who, "000000", "Phone", HOW)
    assert await authenticators(site) == []
    assert await sessions(site) == []


async def test_a_step_adds_no_factor_beside_one_that_came_meanwhile(site: World) -> None:
    await ask_roles(site, Role.PCP)
    who = await who_waits(site)
    await give_passkey(site)
    await start_app(site.deps, who.actor)
    with pytest.raises(Conflict):
        await enrol_first_app(site.deps, who, code(site, await begun_secret(site)), "Phone", HOW)
    assert await sessions(site) == []


# What an organization asks


async def test_what_is_asked_is_on_the_record_and_can_be_taken_back(world: World) -> None:
    await ask_roles(world, Role.PCP)
    assert (await typed_password(world)).waits
    await ask_roles(world)
    assert not (await typed_password(world)).waits
    assert [event.why for event in await noted(world, "require_second_factor")] == ["pcp", ""]


async def test_only_administrators_ask(site: World) -> None:
    with pytest.raises(Forbidden):
        await require_second_factor(site.deps, site.actors["pcp"], [Role.PCP])


async def test_two_administrators_who_ask_for_the_first_time_at_once_crash_nothing(world: World) -> None:
    asks = (require_second_factor(world.deps, world.actors["admin"], [role]) for role in (Role.PCP, Role.SPECIALIST))
    results = await asyncio.gather(*asks, return_exceptions=True)
    assert {type(result) for result in results} <= {type(None), Conflict}
    assert None in results
