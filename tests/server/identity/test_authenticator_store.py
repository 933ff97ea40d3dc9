"""What is counted of an account, and found only for its owner."""

import pytest

from server.access import Role
from server.identity import Account, Membership, PatientAccount
from server.identity.authenticator_store import (
    account_by_id,
    authenticator_by_id,
    codes_made_at,
    home_of,
    needs_second_factor,
    passkey_by_credential,
    pending_app,
    second_factor_roles,
    ways_of,
)
from server.identity.recovery_code_actions import make_recovery_codes, spend_recovery_code
from server.identity.second_step_actions import require_second_factor
from server.kit import NotFound
from server.kit.ids import new_id
from tests.cast import World
from tests.server.identity.factors import (
    ask_roles,
    authenticators,
    give_app,
    give_passkey,
    give_password,
)
from tests.server.identity.sessions import add_issuer

pytestmark = pytest.mark.anyio


async def test_everything_that_proves_an_account_is_counted(world: World) -> None:
    await give_password(world)
    await give_app(world)
    await give_passkey(world)
    await give_passkey(world)
    await add_issuer(world)
    codes = await make_recovery_codes(world.deps, world.actors["pcp"])
    await spend_recovery_code(world.deps, world.actors["pcp"], codes[0])
    async with world.deps.database.read() as session:
        ways = await ways_of(session, world.accounts["pcp"].id)
        nothing = await ways_of(session, world.accounts["frontdesk"].id)
        made_at = await codes_made_at(session, world.accounts["pcp"].id)
    assert (ways.password, ways.passkeys, ways.apps, ways.issuers, ways.codes) == (True, 2, 1, 1, 9)
    assert (ways.ways_in, ways.second_factors, ways.needs_second) == (4, 3, False)
    assert nothing.ways_in == nothing.second_factors == nothing.codes == 0
    assert made_at == world.clock.now


async def test_an_issuer_that_is_switched_off_is_no_way_in(site: World) -> None:
    await add_issuer(site, off=True)
    async with site.deps.database.read() as session:
        assert (await ways_of(session, site.accounts["pcp"].id)).issuers == 0


async def test_what_was_begun_does_not_count_and_is_not_given(site: World) -> None:
    await give_app(site)
    (app,) = await authenticators(site)
    async with site.deps.database.write() as session:
        row = await authenticator_by_id(session, site.accounts["pcp"].id, app.id)
        row.confirmed_at = None
    async with site.deps.database.read() as session:
        assert (await ways_of(session, site.accounts["pcp"].id)).apps == 0
        assert await pending_app(session, site.accounts["pcp"].id, site.clock.now) is None
        with pytest.raises(NotFound):
            await authenticator_by_id(session, site.accounts["pcp"].id, app.id)


@pytest.mark.parametrize("who", ["psychiatrist", "outsider"])
async def test_an_authenticator_is_found_for_its_owner_only(site: World, who: str) -> None:
    await give_passkey(site)
    (row,) = await authenticators(site)
    async with site.deps.database.read() as session:
        assert (await authenticator_by_id(session, site.accounts["pcp"].id, row.id)).id == row.id
        for account_id, wanted in ((site.accounts[who].id, row.id), (None, row.id), (site.accounts["pcp"].id, None)):
            with pytest.raises(NotFound):
                await authenticator_by_id(session, account_id, wanted)


async def test_a_passkey_of_a_disabled_account_is_not_found(site: World) -> None:
    passkey = await give_passkey(site)
    async with site.deps.database.read() as session:
        found = await passkey_by_credential(session, passkey.id)
    assert found is not None
    assert found[1].id == site.accounts["pcp"].id
    async with site.deps.database.write() as session:
        (await session.get_one(Account, site.accounts["pcp"].id)).disabled_at = site.clock.now
    async with site.deps.database.read() as session:
        assert await passkey_by_credential(session, passkey.id) is None
        with pytest.raises(NotFound):
            await account_by_id(session, site.accounts["pcp"].id)


async def test_a_role_needs_a_second_factor_where_its_organization_of_says_so(world: World) -> None:
    await ask_roles(world, Role.PCP, Role.ADMINISTRATOR)
    async with world.deps.database.read() as session:
        needs = {name: await needs_second_factor(session, account.id) for name, account in world.accounts.items()}
        assert await second_factor_roles(session, world.actors["pcp"].organization_id) == {Role.PCP, Role.ADMINISTRATOR}
        assert await second_factor_roles(session, world.actors["outsider"].organization_id) == frozenset()
    assert {name for name, needed in needs.items() if needed} == {"pcp", "admin"}


async def test_one_organization_that_asks_is_enough_for_a_member_of_two(site: World) -> None:
    home, outsider = site.clinic.organization_id, site.accounts["outsider"].id
    async with site.deps.database.write() as session:
        session.add(Membership(id=new_id(), account_id=outsider, organization_id=home, role=Role.FRONT_DESK))
    await require_second_factor(site.deps, site.actors["admin"], [Role.FRONT_DESK])
    async with site.deps.database.read() as session:
        assert await needs_second_factor(session, outsider)


async def test_what_concerns_an_account_is_noted_where_it_joined_first(site: World) -> None:
    home = site.clinic.organization_id
    loner = Account(id=new_id(), email=b"", email_index=b"x", name="Lo Ner", created_at=site.clock.now)
    parent = Account(id=new_id(), email=b"", email_index=b"y", name="Pa Rent", created_at=site.clock.now)
    own = PatientAccount(
        id=new_id(),
        organization_id=home,
        account_id=parent.id,
        patient_id=site.patient.id,
        created_at=site.clock.now,
    )
    async with site.deps.database.write() as session:
        session.add_all([loner, parent, own])
    async with site.deps.database.read() as session:
        staff, patient = await home_of(session, site.accounts["pcp"].id), await home_of(session, parent.id)
        nowhere = await home_of(session, loner.id)
    assert staff is not None
    assert patient is not None
    assert (staff.organization_id, staff.roles) == (home, frozenset({"pcp"}))
    assert (patient.organization_id, patient.roles) == (home, frozenset({"patient"}))
    assert nowhere is None
