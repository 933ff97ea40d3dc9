"""Recovery codes: ten, shown once, good once each, and the person hears of it."""

import asyncio

import pytest

from server.identity.authenticator_rules import CODE_ALPHABET, CODES
from server.identity.recovery_code_actions import NOTHING_TO_RECOVER, make_recovery_codes, spend_recovery_code
from server.kit import Conflict, Forbidden
from tests.cast import World
from tests.server.identity.factors import give_app, mails, noted, recovery_codes
from tests.server.identity.sessions import begin_by_issuer, join_outsiders

pytestmark = pytest.mark.anyio


@pytest.fixture
async def secured(site: World) -> World:
    """The site, where the PCP has an app."""
    await give_app(site)
    return site


async def test_ten_codes_are_made_and_only_their_keyed_hashes_are_kept(secured: World) -> None:
    codes = await make_recovery_codes(secured.deps, secured.actors["pcp"])
    rows = await recovery_codes(secured)
    assert len(set(codes)) == len({row.code_hash for row in rows}) == CODES
    for code in codes:
        assert set(code) <= set(CODE_ALPHABET + "-")
        assert not [row for row in rows if code.encode() in row.code_hash]


async def test_a_code_is_right_once_however_it_is_typed(secured: World) -> None:
    pcp = secured.actors["pcp"]
    first, second, *_ = await make_recovery_codes(secured.deps, pcp)
    assert await spend_recovery_code(secured.deps, pcp, f" {first.upper().replace('-', ' ')} ")
    assert not await spend_recovery_code(secured.deps, pcp, first)
    assert await spend_recovery_code(secured.deps, pcp, second)
    assert len([row for row in await recovery_codes(secured) if row.used_at]) == 2


async def test_of_twenty_uses_of_one_code_at_once_exactly_one_is_right(world: World) -> None:
    await give_app(world)
    pcp = world.actors["pcp"]
    code, *_ = await make_recovery_codes(world.deps, pcp)
    before = len(await mails(world))
    results = await asyncio.gather(*(spend_recovery_code(world.deps, pcp, code) for _ in range(20)))
    assert sorted(results) == [False] * 19 + [True]
    assert len(await noted(world, "use_recovery_code")) == 1
    assert len(await mails(world)) == before + 1


@pytest.mark.parametrize("typed", ["", "abcde", "abcde-fghjk", "123456", "abcde-fghjk-mnpqr"])
async def test_another_code_is_wrong_and_told_to_nobody(secured: World, typed: str) -> None:
    await make_recovery_codes(secured.deps, secured.actors["pcp"])
    before = len(await mails(secured))
    assert not await spend_recovery_code(secured.deps, secured.actors["pcp"], typed)
    assert len(await mails(secured)) == before


async def test_a_code_is_good_for_its_own_account_only(secured: World) -> None:
    code, *_ = await make_recovery_codes(secured.deps, secured.actors["pcp"])
    assert not await spend_recovery_code(secured.deps, secured.actors["psychiatrist"], code)


async def test_new_codes_void_the_old_ones(secured: World) -> None:
    pcp = secured.actors["pcp"]
    old, *_ = await make_recovery_codes(secured.deps, pcp)
    new, *_ = await make_recovery_codes(secured.deps, pcp)
    assert not await spend_recovery_code(secured.deps, pcp, old)
    assert await spend_recovery_code(secured.deps, pcp, new)


async def test_two_tabs_that_make_codes_at_once_leave_one_set(world: World) -> None:
    await give_app(world)
    pcp = world.actors["pcp"]
    await asyncio.gather(*(make_recovery_codes(world.deps, pcp) for _ in range(4)))
    assert len(await recovery_codes(world)) == CODES


async def test_without_a_second_factor_there_is_nothing_to_recover(site: World) -> None:
    with pytest.raises(Conflict, match=NOTHING_TO_RECOVER):
        await make_recovery_codes(site.deps, site.actors["pcp"])


async def test_making_and_using_are_mailed_without_the_codes(secured: World) -> None:
    pcp = secured.actors["pcp"]
    codes = await make_recovery_codes(secured.deps, pcp)
    await spend_recovery_code(secured.deps, pcp, codes[0])
    (recipient, made), (_, used) = (await mails(secured))[-2:]
    assert recipient == "pcp@demo.test"
    assert "New recovery codes were made" in made
    assert "A recovery code was used" in used
    assert not [code for code in codes if code in made + used]


async def test_an_issuer_gets_no_codes_of_who_belongs_elsewhere_too(world: World) -> None:
    await give_app(world)
    kept = await make_recovery_codes(world.deps, world.actors["pcp"])
    pcp = await begin_by_issuer(world)
    await join_outsiders(world)
    with pytest.raises(Forbidden):
        await make_recovery_codes(world.deps, pcp)
    assert await spend_recovery_code(world.deps, world.actors["pcp"], kept[0]), "the old ones stay"
