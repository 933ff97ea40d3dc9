"""Passkeys: made, used, and refused when anything about the answer is not as it was asked."""

import asyncio
import json
from dataclasses import replace
from typing import Any

import pytest
from sqlmodel import select

from server.identity import Account, PageSession, SignIn
from server.identity.authenticator_rules import RelyingParty
from server.identity.ceremony_actions import LIFETIME
from server.identity.passkey_actions import (
    REFUSED,
    TOO_LATE,
    WENT_BACK,
    Answer,
    add_passkey,
    ask_passkey,
    methods_of,
    new_passkey,
    passkey_sign_in,
    proved_passkey,
)
from server.kit import Conflict, Forbidden, Invalid, digest
from tests.cast import World
from tests.server.identity.factors import (
    COPIED,
    ELIGIBLE,
    HOST,
    PARTY,
    PRESENT,
    VERIFIED,
    SoftPasskey,
    answered,
    authenticators,
    give_app,
    give_passkey,
    noted,
)
from tests.server.identity.sessions import begin_by_issuer, join_outsiders

pytestmark = pytest.mark.anyio
ADDRESS = "192.0.2.7"


async def sign_in(world: World, passkey: SoftPasskey, **lies: Any) -> str:
    asked = await ask_passkey(world.deps, PARTY)
    credential = replace(passkey, **lies).used(asked.options)
    return (await passkey_sign_in(world.deps, answered(asked, credential), SignIn(ADDRESS))).text


async def refused(world: World, passkey: SoftPasskey, **lies: Any) -> str:
    """Give why a use was refused, as the audit trail says it."""
    with pytest.raises(Invalid) as error:
        await sign_in(world, passkey, **lies)
    assert error.value.errors == {"passkey": REFUSED}
    return (await noted(world, "sign_in"))[-1].why


# Making one


async def test_a_passkey_is_asked_for_with_a_resident_key_and_a_verified_user(site: World) -> None:
    asked = await new_passkey(site.deps, site.actors["pcp"], PARTY)
    assert asked.options["rp"]["id"] == HOST
    assert asked.options["authenticatorSelection"]["residentKey"] == "required"
    assert asked.options["authenticatorSelection"]["userVerification"] == "required"
    assert "pcp" not in asked.options["user"]["id"]


async def test_what_is_known_of_a_passkey_is_kept(world: World) -> None:
    passkey = await give_passkey(world, counter=7)
    (row,) = await authenticators(world)
    assert (row.name, row.credential_id, row.sign_count) == ("Laptop", passkey.id, 7)
    assert (row.transports, row.backed_up) == ("internal", False)
    assert row.public_key


async def test_a_copied_passkey_is_known_as_one(site: World) -> None:
    await give_passkey(site, flags=PRESENT | VERIFIED | ELIGIBLE | COPIED)
    (row,) = await authenticators(site)
    assert row.backed_up
    assert methods_of(row) == ("swk", "user", "mfa")


async def test_a_device_that_holds_one_is_not_asked_for_another(site: World) -> None:
    await give_passkey(site)
    asked = await new_passkey(site.deps, site.actors["pcp"], PARTY)
    assert len(asked.options["excludeCredentials"]) == 1


@pytest.mark.parametrize(
    "lies",
    [
        {"origin": "https://evil.test"},
        {"host": "evil.test"},
        {"flags": PRESENT},
        {"flags": VERIFIED},
    ],
)
async def test_a_passkey_that_was_made_elsewhere_or_unverified_is_refused(site: World, lies: dict[str, Any]) -> None:
    asked = await new_passkey(site.deps, site.actors["pcp"], PARTY)
    with pytest.raises(Invalid) as error:
        await add_passkey(site.deps, site.actors["pcp"], answered(asked, SoftPasskey(**lies).made(asked.options)), "x")
    assert error.value.errors == {"passkey": REFUSED}
    assert await authenticators(site) == []


async def test_an_answer_to_another_question_is_refused(site: World) -> None:
    pcp, passkey = site.actors["pcp"], SoftPasskey()
    first, second = [await new_passkey(site.deps, pcp, PARTY) for _ in range(2)]
    with pytest.raises(Invalid):
        await add_passkey(site.deps, pcp, answered(second, passkey.made(first.options)), "x")


async def test_what_was_asked_of_one_person_is_not_answered_by_another(site: World) -> None:
    asked = await new_passkey(site.deps, site.actors["pcp"], PARTY)
    with pytest.raises(Invalid) as error:
        await add_passkey(site.deps, site.actors["admin"], answered(asked, SoftPasskey().made(asked.options)), "x")
    assert error.value.errors == {"passkey": TOO_LATE}


async def test_a_passkey_belongs_to_one_account(site: World) -> None:
    passkey = await give_passkey(site)
    asked = await new_passkey(site.deps, site.actors["admin"], PARTY)
    with pytest.raises(Conflict):
        await add_passkey(site.deps, site.actors["admin"], answered(asked, passkey.made(asked.options)), "x")


async def test_a_first_passkey_is_refused_where_there_is_another_factor(site: World) -> None:
    await give_app(site)
    asked = await new_passkey(site.deps, site.actors["pcp"], PARTY)
    answer = answered(asked, SoftPasskey().made(asked.options))
    with pytest.raises(Conflict):
        await add_passkey(site.deps, site.actors["pcp"], answer, "x", first=True)


# Signing in


async def test_a_passkey_alone_signs_in_as_both_factors(world: World) -> None:
    passkey = await give_passkey(world)
    text = await sign_in(world, passkey)
    async with world.deps.database.read() as session:
        row = (await session.exec(select(PageSession).where(PageSession.token_hash == digest(text)))).one()
    assert (row.account_id, row.methods) == (world.accounts["pcp"].id, "hwk,user,mfa")
    assert (await authenticators(world))[0].last_used_at == world.clock.now


async def test_a_counter_is_kept_and_goes_up(site: World) -> None:
    passkey = await give_passkey(site, counter=1)
    await sign_in(site, passkey, counter=5)
    assert (await authenticators(site))[0].sign_count == 5


@pytest.mark.parametrize("counter", [0, 4, 5])
async def test_a_counter_that_went_back_is_refused_and_noted(site: World, counter: int) -> None:
    passkey = await give_passkey(site, counter=5)
    assert await refused(site, passkey, counter=counter) == WENT_BACK
    assert (await noted(site, "sign_in"))[-1].entity_id == site.accounts["pcp"].id
    assert (await authenticators(site))[0].sign_count == 5


async def test_of_two_answers_with_one_counter_at_once_one_signs_in(world: World) -> None:
    passkey = await give_passkey(world, counter=1)
    results = await asyncio.gather(*(sign_in(world, passkey, counter=2) for _ in range(5)), return_exceptions=True)
    assert len([result for result in results if isinstance(result, str)]) == 1


@pytest.mark.parametrize(
    "lies",
    [
        {"origin": "https://evil.test"},
        {"host": "evil.test"},
        {"flags": PRESENT},
        {"flags": VERIFIED},
        {"handle": b"somebody else's!"},
        {"handle": None},
        {"key": SoftPasskey().key},
    ],
)
async def test_a_use_that_is_not_right_is_refused_and_noted(site: World, lies: dict[str, Any]) -> None:
    passkey = await give_passkey(site)
    assert await refused(site, passkey, **lies) == "passkey not accepted"


async def test_an_unknown_passkey_is_refused_and_noted(site: World) -> None:
    assert await refused(site, SoftPasskey(handle=site.accounts["pcp"].id.bytes)) == "unknown passkey"


async def test_a_disabled_account_s_passkey_is_an_unknown_one(site: World) -> None:
    passkey = await give_passkey(site)
    async with site.deps.database.write() as session:
        (await session.get_one(Account, site.accounts["pcp"].id)).disabled_at = site.clock.now
    assert await refused(site, passkey) == "unknown passkey"


async def test_an_answer_is_taken_once(site: World) -> None:
    passkey = await give_passkey(site)
    asked = await ask_passkey(site.deps, PARTY)
    answer = answered(asked, passkey.used(asked.options))
    await passkey_sign_in(site.deps, answer, SignIn(ADDRESS))
    with pytest.raises(Invalid) as error:
        await passkey_sign_in(site.deps, answer, SignIn(ADDRESS))
    assert error.value.errors == {"passkey": TOO_LATE}


async def test_an_answer_comes_within_ten_minutes(site: World) -> None:
    passkey = await give_passkey(site)
    asked = await ask_passkey(site.deps, PARTY)
    site.clock.now += LIFETIME
    with pytest.raises(Invalid):
        await passkey_sign_in(site.deps, answered(asked, passkey.used(asked.options)), SignIn(ADDRESS))


async def test_a_passkey_made_for_one_name_signs_in_under_no_other(site: World) -> None:
    passkey = await give_passkey(site)
    asked = await ask_passkey(site.deps, PARTY)
    other = Answer(RelyingParty("127.0.0.1", "http://127.0.0.1:8000"), asked.token, passkey.used(asked.options))
    with pytest.raises(Invalid):
        await passkey_sign_in(site.deps, other, SignIn(ADDRESS))


NONSENSE = ["", "{}", "[]", "null", '"x"', '{"id": 1}', '{"id": "!", "response": []}', "{" * 1000]


@pytest.mark.parametrize("nonsense", NONSENSE)
async def test_nonsense_is_refused_like_a_wrong_answer(site: World, nonsense: str) -> None:
    asked = await ask_passkey(site.deps, PARTY)
    with pytest.raises(Invalid):
        await passkey_sign_in(site.deps, answered(asked, nonsense), SignIn(ADDRESS))
    made = await new_passkey(site.deps, site.actors["pcp"], PARTY)
    with pytest.raises(Invalid):
        await add_passkey(site.deps, site.actors["pcp"], answered(made, nonsense), "x")


async def test_a_known_credential_with_nonsense_around_it_is_refused(site: World) -> None:
    passkey = await give_passkey(site)
    asked = await ask_passkey(site.deps, PARTY)
    good = json.loads(passkey.used(asked.options))
    good["response"]["authenticatorData"] = "AAAA"
    with pytest.raises(Invalid):
        await passkey_sign_in(site.deps, answered(asked, json.dumps(good)), SignIn(ADDRESS))


# Proving somebody who is known


async def test_one_s_own_passkey_proves_and_another_s_does_not(site: World) -> None:
    mine, other = await give_passkey(site, "pcp"), await give_passkey(site, "admin")
    pcp = site.accounts["pcp"].id
    for passkey, right in ((mine, True), (replace(mine, handle=None), True), (other, False)):
        asked = await ask_passkey(site.deps, PARTY, pcp)
        assert len(asked.options["allowCredentials"]) == 1
        answer = answered(asked, passkey.used(asked.options))
        if right:
            assert (await proved_passkey(site.deps, answer, pcp, ADDRESS))[1].id == pcp
        else:
            with pytest.raises(Invalid):
                await proved_passkey(site.deps, answer, pcp, ADDRESS)


async def test_what_was_asked_of_anybody_does_not_prove_somebody(site: World) -> None:
    passkey, pcp = await give_passkey(site), site.accounts["pcp"].id
    asked = await ask_passkey(site.deps, PARTY)
    with pytest.raises(Invalid):
        await proved_passkey(site.deps, answered(asked, passkey.used(asked.options)), pcp, ADDRESS)


async def test_an_issuer_plants_no_passkey_in_who_belongs_elsewhere_too(world: World) -> None:
    pcp = await begin_by_issuer(world)
    asked, passkey = await new_passkey(world.deps, pcp, PARTY), SoftPasskey()
    await join_outsiders(world)
    with pytest.raises(Forbidden):
        await add_passkey(world.deps, pcp, answered(asked, passkey.made(asked.options)), "Planted")
    with pytest.raises(Forbidden):
        await new_passkey(world.deps, pcp, PARTY)
    assert await authenticators(world) == []
