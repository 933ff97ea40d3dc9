"""What administrators see of their organization's members and invitations."""

import pytest

from server.access import Role
from server.identity import invitations_of, member_by_id, members_of, sign_in_issuers_of
from server.identity.member_store import (
    administrators_for_change,
    any_administrator,
    invitation_for_change,
    is_member,
    member_rows,
    members_in_roles,
)
from server.identity.tables import Authenticator, Issuer, Membership
from server.kit import NotFound
from server.kit.ids import new_id
from tests.cast import World
from tests.server.identity.account_links import acting, link_row, new_link

pytestmark = pytest.mark.anyio


async def test_members_are_those_of_the_organization_of_by_name(world: World) -> None:
    async with world.deps.database.read() as session:
        found = await members_of(session, world.actors["admin"], world.deps.keyring)
    assert [member.name for member in found] == sorted(a.name for n, a in world.accounts.items() if n != "outsider")
    pcp = next(member for member in found if member.account_id == world.accounts["pcp"].id)
    assert (pcp.email, pcp.roles, pcp.clinics) == ("pcp@demo.test", frozenset({Role.PCP}), frozenset({world.clinic.id}))
    assert (pcp.signed_in_at, pcp.has_second_factor, pcp.disabled_at) == (None, False, None)


async def test_a_member_shows_the_last_sign_in_here(site: World) -> None:
    await acting(site, "pcp")
    site.clock.pass_(hours=1)
    await acting(site, "pcp")
    async with site.deps.database.read() as session:
        member = await member_by_id(session, site.actors["admin"], site.deps.keyring, site.accounts["pcp"].id)
    assert member.signed_in_at == site.clock.now


@pytest.mark.parametrize(
    ("confirmed", "passkey", "counts"), [(False, False, False), (True, False, True), (False, True, True)]
)
async def test_an_app_counts_once_confirmed_and_a_passkey_at_once(
    site: World, confirmed: bool, passkey: bool, counts: bool
) -> None:
    row = Authenticator(
        id=new_id(), account_id=site.accounts["pcp"].id, kind="any", name="Phone", created_at=site.clock.now
    )
    row.confirmed_at, row.credential_id = site.clock.now if confirmed else None, b"id" if passkey else None
    async with site.deps.database.write() as session:
        session.add(row)
    async with site.deps.database.read() as session:
        member = await member_by_id(session, site.actors["admin"], site.deps.keyring, site.accounts["pcp"].id)
    assert member.has_second_factor is counts


async def test_a_stranger_s_member_is_nobody(site: World) -> None:
    async with site.deps.database.read() as session:
        for wanted in (site.accounts["outsider"].id, new_id(), None):
            with pytest.raises(NotFound):
                await member_by_id(session, site.actors["admin"], site.deps.keyring, wanted)


async def test_invitations_are_those_of_the_organization_of_that_wait(site: World) -> None:
    await new_link(site, name="Here")
    await new_link(site, name="There", organization_id=site.actors["outsider"].organization_id)
    async with site.deps.database.read() as session:
        assert [link.name for link in await invitations_of(session, site.actors["admin"])] == ["Here"]


async def test_issuers_are_those_of_an_organization_that_are_not_disabled(site: World) -> None:
    home, away = site.clinic.organization_id, site.actors["outsider"].organization_id
    async with site.deps.database.write() as session:
        for label, place, disabled in (("Ours", home, None), ("Old", home, site.clock.now), ("Theirs", away, None)):
            row = Issuer(id=new_id(), organization_id=place, source="page", label=label, issuer=label, client_id="x")
            row.created_at, row.disabled_at = site.clock.now, disabled
            session.add(row)
    async with site.deps.database.read() as session:
        assert [issuer.label for issuer in await sign_in_issuers_of(session, home)] == ["Ours"]


async def test_somebody_administers(site: World) -> None:
    async with site.deps.database.read() as session:
        assert await any_administrator(session)


async def test_what_is_to_be_changed_is_found_in_the_organization_of_only(site: World) -> None:
    link = await link_row(site, await new_link(site))
    admin, stranger = site.actors["admin"], site.actors["outsider"]
    async with site.deps.database.write() as session:
        assert [row.role for row in await member_rows(session, admin, site.accounts["pcp"].id)] == ["pcp"]
        assert (await invitation_for_change(session, admin, link.id)).id == link.id
        with pytest.raises(NotFound):
            await member_rows(session, stranger, site.accounts["pcp"].id)
        with pytest.raises(NotFound):
            await invitation_for_change(session, stranger, link.id)


async def test_administrators_and_members_are_told_from_strangers(site: World) -> None:
    home = site.clinic.organization_id
    async with site.deps.database.write() as session:
        assert await administrators_for_change(session, home) == {site.accounts["admin"].id}
        known = [await is_member(session, home, site.deps.keyring, f"{who}@demo.test") for who in ("pcp", "outsider")]
    assert known == [True, False]


async def test_members_in_some_roles_are_those_of_the_own_organization_with_all_that_they_are(world: World) -> None:
    pcp = world.accounts["pcp"].id
    async with world.deps.database.write() as session:
        home = world.clinic.organization_id
        session.add(Membership(id=new_id(), role=Role.ADMINISTRATOR, account_id=pcp, organization_id=home))
    async with world.deps.database.read() as session:
        found = await members_in_roles(session, world.actors["frontdesk"], {Role.PCP, Role.FRONT_DESK})
    assert found == {
        pcp: ("Dr. Rose Okafor", frozenset({Role.PCP, Role.ADMINISTRATOR})),
        world.accounts["frontdesk"].id: ("June Whitfield", frozenset({Role.FRONT_DESK})),
    }
