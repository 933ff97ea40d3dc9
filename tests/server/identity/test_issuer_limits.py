"""An issuer speaks for its own organization: its sessions do not reach what else the person is."""

import pytest
from sqlmodel import col, update

from server.access import Actor
from server.identity import Membership, account_email
from server.identity.issuer_limits import may_change_ways, require_own_proof, require_own_ways
from server.identity.portal_actions import act_as_patient, act_as_staff, add_to_account
from server.identity.tables import Issuer, PageSession
from server.kit import Forbidden
from tests.cast import World
from tests.server.identity.own_accounts import mailed_link, make_own, stored_link, ties
from tests.server.identity.sessions import begin, begin_by_issuer, join_outsiders, row_of

pytestmark = pytest.mark.anyio


async def may(world: World, who: Actor) -> bool:
    async with world.deps.database.read() as session:
        return await may_change_ways(session, who)


async def test_an_issuers_session_may_change_the_ways_of_who_belongs_to_its_organization_alone(world: World) -> None:
    assert await may(world, await begin_by_issuer(world))


async def test_it_may_not_once_the_person_belongs_to_another_organization(world: World) -> None:
    pcp = await begin_by_issuer(world)
    await join_outsiders(world)
    assert not await may(world, pcp)


async def test_a_membership_that_is_disabled_counts_for_it_may_be_enabled_again(site: World) -> None:
    pcp, away = await begin_by_issuer(site), await join_outsiders(site)
    async with site.deps.database.write() as session:
        there = update(Membership).where(col(Membership.organization_id) == away)
        await session.exec(there.values(disabled_at=site.clock.now))
    assert not await may(site, pcp)


async def test_nor_when_the_account_is_a_patients_own_even_in_the_issuers_organization(world: World) -> None:
    pcp = await begin_by_issuer(world)
    await make_own(world, world.accounts["pcp"], world.patient)
    assert not await may(world, pcp)


async def test_to_be_proved_again_does_not_lift_it(site: World) -> None:
    pcp = await begin_by_issuer(site)
    await join_outsiders(site)
    async with site.deps.database.write() as session:
        proved = update(PageSession).where(col(PageSession.id) == pcp.session_id)
        await session.exec(proved.values(proved_at=site.clock.now, methods="fed,pwd"))
    assert not await may(site, pcp)


async def test_nor_does_it_that_the_issuer_was_switched_off(site: World) -> None:
    pcp = await begin_by_issuer(site)
    await join_outsiders(site)
    async with site.deps.database.write() as session:
        await session.exec(update(Issuer).values(disabled_at=site.clock.now))
    assert not await may(site, pcp)


async def test_who_signed_in_themselves_may_wherever_they_belong(site: World) -> None:
    await join_outsiders(site)
    await make_own(site, site.accounts["pcp"], site.patient)
    pcp = await begin(site)
    assert await may(site, pcp)
    async with site.deps.database.read() as session:
        await require_own_ways(session, pcp)
        await require_own_proof(session, pcp)


async def test_what_asks_for_the_person_themselves_is_refused_to_any_issuers_session(site: World) -> None:
    pcp = await begin_by_issuer(site)
    async with site.deps.database.read() as session:
        await require_own_ways(session, pcp)
        with pytest.raises(Forbidden, match="your own password"):
            await require_own_proof(session, pcp)


# Towards the person as a patient


async def test_an_issuer_reads_no_record_of_a_person_as_a_patient(world: World) -> None:
    pcp = await begin_by_issuer(world)
    await make_own(world, world.accounts["pcp"], world.patient)
    with pytest.raises(Forbidden):
        await act_as_patient(world.deps, pcp, world.patient.id)
    assert (await row_of(world, pcp)).ended_at is None


async def test_an_issuer_goes_by_no_way_around_to_another_organization(site: World) -> None:
    pcp = await begin_by_issuer(site)
    with pytest.raises(Forbidden):
        await act_as_staff(site.deps, pcp)


async def test_an_issuer_adds_no_patient_to_an_account(site: World) -> None:
    email = account_email(site.deps.keyring, site.accounts["pcp"])
    token, pcp = await mailed_link(site, email), await begin_by_issuer(site)
    with pytest.raises(Forbidden):
        await add_to_account(site.deps, pcp, token)
    assert await ties(site) == set()
    assert (await stored_link(site, token)).used_at is None
