"""Accounts, sessions and links are found by their secrets, or within the actor's organization."""

import pytest
from sqlmodel import select

from server.access import Role
from server.identity import Account, Membership, link_by_asking, link_by_browser, link_by_id, links_by_ids
from server.identity.actions import SignIn, start_session
from server.identity.store import (
    account_by_email,
    account_link_by_token,
    accounts_in_role,
    link_by_token,
    memberships_of,
    names_of_accounts,
    session_by_hash,
)
from server.kit import NotFound, digest, new_secret
from server.kit.ids import new_id
from tests.cast import World
from tests.server.identity.account_links import new_link as new_account_link
from tests.server.identity.links import change, new_link, stored

pytestmark = pytest.mark.anyio


async def disable(world: World, name: str) -> None:
    async with world.deps.database.write() as session:
        (await session.get_one(Account, world.accounts[name].id)).disabled_at = world.clock.now


async def test_an_account_is_found_by_its_email_until_it_is_disabled(world: World) -> None:
    async with world.deps.database.read() as session:
        found = await account_by_email(session, world.deps.keyring, "pcp@demo.test")
    await disable(world, "pcp")
    async with world.deps.database.read() as session:
        gone = await account_by_email(session, world.deps.keyring, "pcp@demo.test")
    assert found is not None
    assert found.id == world.accounts["pcp"].id
    assert gone is None


async def test_memberships_come_in_the_order_in_which_they_were_made(world: World) -> None:
    mine = world.accounts["outsider"].id
    later = [
        Membership(id=new_id(), account_id=mine, organization_id=world.clinic.organization_id, role=role)
        for role in (Role.PCP, Role.ADMINISTRATOR)
    ]
    async with world.deps.database.write() as session:
        session.add_all(reversed(later))
    async with world.deps.database.read() as session:
        found = await memberships_of(session, mine)
    assert found[0].organization_id == world.actors["outsider"].organization_id
    assert [m.id for m in found] == sorted(m.id for m in found)
    assert len(found) == 3


async def test_accounts_in_a_role_are_the_organization_s_enabled_ones_by_name(world: World) -> None:
    await disable(world, "frontdesk")
    roles = (Role.PCP, Role.ADMINISTRATOR, Role.FRONT_DESK)
    async with world.deps.database.read() as session:
        ours = await accounts_in_role(session, world.actors["psychiatrist"], *roles)
        theirs = await accounts_in_role(session, world.actors["outsider"], *roles)
    assert [account.name for account in ours] == ["Ada Lindgren", "Dr. Rose Okafor"]
    assert [account.name for account in theirs] == ["Dr. Omar Farouk"]


async def test_a_session_comes_with_its_account_and_all_roles_of_its_organization(world: World) -> None:
    pcp = world.accounts["pcp"]
    home, away = world.clinic.organization_id, world.actors["outsider"].organization_id
    async with world.deps.database.write() as session:
        session.add(Membership(id=new_id(), account_id=pcp.id, organization_id=home, role=Role.ADMINISTRATOR))
        session.add(Membership(id=new_id(), account_id=pcp.id, organization_id=away, role=Role.FRONT_DESK))
    secret = await start_session(world.deps, pcp, SignIn())
    async with world.deps.database.read() as session:
        found = await session_by_hash(session, secret.digest, world.clock.now)
    assert found is not None
    assert (found.session.organization_id, found.account.id) == (home, pcp.id)
    assert (sorted(found.roles), list(found.clinics)) == (["admin", "pcp"], [world.clinic.id])


async def test_the_session_of_a_disabled_account_is_not_found(world: World) -> None:
    secret = await start_session(world.deps, world.accounts["pcp"], SignIn())
    await disable(world, "pcp")
    async with world.deps.database.read() as session:
        assert await session_by_hash(session, secret.digest, world.clock.now) is None


async def test_a_session_has_no_role_left_without_the_membership_it_acts_under(world: World) -> None:
    secret = await start_session(world.deps, world.accounts["pcp"], SignIn())
    async with world.deps.database.write() as session:
        mine = select(Membership).where(Membership.account_id == world.accounts["pcp"].id)
        await session.delete((await session.exec(mine)).one())
    async with world.deps.database.read() as session:
        found = await session_by_hash(session, secret.digest, world.clock.now)
    assert found is not None
    assert found.roles == frozenset()


async def test_a_link_is_found_by_its_text_by_its_holder_and_by_who_asks(world: World) -> None:
    secret, holder, asking = await new_link(world), new_secret(), new_secret()
    await change(world, secret, browser_hash=holder.digest, asking_hash=asking.digest)
    link = await stored(world, secret)
    async with world.deps.database.write() as session:
        held = await link_by_browser(session, holder.digest)
        assert held is not None
        assert held.id == link.id
        assert (await link_by_token(session, secret.digest, lock=True)).id == link.id
        assert (await link_by_asking(session, asking.digest)).id == link.id


async def test_a_made_up_secret_finds_no_link(world: World) -> None:
    await new_link(world)
    async with world.deps.database.read() as session:
        assert await link_by_browser(session, digest("made-up")) is None
        with pytest.raises(NotFound):
            await link_by_token(session, digest("made-up"))
        with pytest.raises(NotFound):
            await link_by_asking(session, digest("made-up"))


async def test_staff_get_a_link_of_their_organization(world: World) -> None:
    link = await stored(world, await new_link(world))
    async with world.deps.database.write() as session:
        assert (await link_by_id(session, world.actors["frontdesk"], link.id)).id == link.id


async def test_an_outsider_finds_no_link_and_learns_of_none(world: World) -> None:
    link = await stored(world, await new_link(world))
    outsider = world.actors["outsider"]
    async with world.deps.database.write() as session:
        for link_id in (link.id, new_id(), None):
            with pytest.raises(NotFound):
                await link_by_id(session, outsider, link_id)
        assert await links_by_ids(session, outsider, [link.id]) == {}


async def test_several_links_are_given_by_id(world: World) -> None:
    links = [await stored(world, await new_link(world)) for _ in range(3)]
    async with world.deps.database.read() as session:
        found = await links_by_ids(session, world.actors["pcp"], [links[0].id, links[2].id, new_id()])
    assert set(found) == {links[0].id, links[2].id}


async def test_what_somebody_did_stays_theirs_by_name_when_the_account_is_disabled(site: World) -> None:
    pcp, admin = site.accounts["pcp"], site.accounts["admin"]
    async with site.deps.database.write() as session:
        (await session.get_one(Account, admin.id)).disabled_at = site.clock.now
    async with site.deps.database.read() as session:
        names = await names_of_accounts(session, {pcp.id, admin.id, new_id()})
    assert names == {pcp.id: "Dr. Rose Okafor", admin.id: "Ada Lindgren"}


async def test_a_one_time_link_is_found_for_its_own_purpose_alone(site: World) -> None:
    secret = await new_account_link(site, purpose="reset", email="")
    async with site.deps.database.read() as session:
        assert (await account_link_by_token(session, "reset", secret.digest)).purpose == "reset"
        with pytest.raises(NotFound):
            await account_link_by_token(session, "patient", secret.digest)
