"""Members of an organization: invited, joined, changed, disabled. The last administrator stays."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from sqlmodel import select

from server.access import Actor, Role
from server.directory import Practitioner
from server.identity import (
    Account,
    AccountLinkTerms,
    ClinicCoverage,
    Membership,
    NewMember,
    SignIn,
    accept_invitation,
    change_member,
    disable_member,
    enable_member,
    invite,
    join,
    member_actions,
    renew_invitation,
    revoke_invitation,
)
from server.identity.actions import start_session
from server.kit import Conflict, CurbsideError, Forbidden, Gone, Invalid, NotFound, Secret, new_secret
from server.kit.ids import new_id
from tests.cast import World
from tests.server.identity.account_links import acting, events, link_row, live_sessions, new_link, roles_of, watched
from tests.server.identity.sessions import begin, begin_by_issuer

pytestmark = pytest.mark.anyio

NIA = NewMember("new@clinic.test", "Dr. Nia Wolf", "hash")


async def accept(world: World, secret: Secret, name: str) -> None:
    async with world.deps.database.write() as session:
        await accept_invitation(world.deps, session, secret.digest, world.accounts[name])


async def change(world: World, who: str, name: str, *roles: Role, clinics: bool = True) -> None:
    places = [world.clinic.id] if clinics else []
    async with world.deps.database.write() as session:
        await change_member(session, world.deps, world.actors[who], world.accounts[name].id, roles, places)


async def send(world: World, who: str = "admin", **terms: Any) -> Secret:
    secret, actor = new_secret(), world.actors[who]
    given = AccountLinkTerms("invitation", actor.organization_id, email="new@clinic.test", roles=(Role.PCP,))
    async with world.deps.database.write() as session:
        await invite(session, world.deps, actor, replace(given, **terms), secret)
    return secret


async def second_administrator(world: World) -> None:
    at = {"account_id": world.accounts["frontdesk"].id, "organization_id": world.clinic.organization_id}
    async with world.deps.database.write() as session:
        session.add(Membership(id=new_id(), role=Role.ADMINISTRATOR, disabled_at=None, **at))


async def covered(world: World, name: str) -> Sequence[ClinicCoverage]:
    async with world.deps.database.read() as session:
        query = select(ClinicCoverage).where(ClinicCoverage.account_id == world.accounts[name].id)
        return (await session.exec(query)).all()


# Inviting


async def test_an_invitation_is_on_the_record_with_its_roles(site: World) -> None:
    await send(site)
    (event,) = await events(site, "invite_member")
    assert (event.account_id, event.why) == (site.accounts["admin"].id, "pcp")


async def test_inviting_again_voids_the_earlier_invitation_of_this_organization_only(site: World) -> None:
    elsewhere = await new_link(site, organization_id=site.actors["outsider"].organization_id)
    first, second = await send(site), await send(site)
    assert (await link_row(site, first)).revoked_at is not None
    assert (await link_row(site, second)).revoked_at is None
    assert (await link_row(site, elsewhere)).revoked_at is None


async def test_who_is_a_member_is_not_invited(site: World) -> None:
    with pytest.raises(Invalid) as refused:
        await send(site, email="PCP@demo.test")
    assert refused.value.errors == {"email": member_actions.IS_MEMBER}


async def test_an_account_elsewhere_is_invited_like_anybody(site: World) -> None:
    assert (await link_row(site, await send(site, email="outsider@demo.test"))).account_id is None


@pytest.mark.parametrize("who", ["pcp", "frontdesk"])
async def test_only_administrators_invite_and_change(site: World, who: str) -> None:
    with pytest.raises(Forbidden):
        await send(site, who)
    with pytest.raises(Forbidden):
        await change(site, who, "caremanager", Role.ADMINISTRATOR)
    with pytest.raises(Forbidden):
        await disable_member(site.deps, site.actors[who], site.accounts["caremanager"].id)
    with pytest.raises(Forbidden):
        await revoke_invitation(site.deps, site.actors[who], (await link_row(site, await new_link(site))).id)


async def test_an_invitation_sent_again_has_a_new_link_and_a_new_week(site: World) -> None:
    old, new = await send(site), new_secret()
    row_id = (await link_row(site, old)).id
    site.clock.pass_(days=8)
    async with site.deps.database.write() as session:
        await renew_invitation(session, site.deps, site.actors["admin"], row_id, new)
    with pytest.raises(NotFound):
        await join(site.deps, old.digest, NIA)
    await join(site.deps, new.digest, NIA)


async def test_an_invitation_is_taken_back_by_its_organization_of_only(site: World) -> None:
    secret = await send(site)
    row_id = (await link_row(site, secret)).id
    with pytest.raises(NotFound):
        await revoke_invitation(site.deps, site.actors["outsider"], row_id)
    await revoke_invitation(site.deps, site.actors["admin"], row_id)
    with pytest.raises(Gone):
        await join(site.deps, secret.digest, NIA)
    with pytest.raises(NotFound):
        await revoke_invitation(site.deps, site.actors["admin"], row_id)


# Joining


async def test_who_joins_gets_the_roles_clinics_and_practice_that_were_offered(site: World) -> None:
    practice = {
        "given_name": "Nia",
        "family_name": "Wolf",
        "title": "Dr.",
        "specialty": "Psychiatry",
        "profession": "physician",
        "clinic_id": str(site.clinic.id),
    }
    account, home = await join(site.deps, (await new_link(site, practice=practice)).digest, NIA)
    assert home == site.clinic.organization_id
    assert await roles_of(site, account.id) == {(home, "specialist", None)}
    async with site.deps.database.read() as session:
        made = (await session.exec(select(Practitioner).where(Practitioner.account_id == account.id))).one()
        places = (await session.exec(select(ClinicCoverage).where(ClinicCoverage.account_id == account.id))).all()
    assert (made.family_name, made.specialty, made.clinic_id) == ("Wolf", "Psychiatry", site.clinic.id)
    assert [place.clinic_id for place in places] == [site.clinic.id]
    (event,) = await events(site, "accept_invitation")
    assert (event.account_id, event.roles) == (account.id, "specialist")


async def test_two_hundred_who_join_by_one_invitation_at_once_are_one(world: World) -> None:
    secret = await new_link(world)

    async def once(n: int) -> bool:
        try:
            await join(world.deps, secret.digest, replace(NIA, email=f"new{n}@clinic.test"))
        except CurbsideError:
            return False
        return True

    assert sum(await asyncio.gather(*(once(n) for n in range(200)))) == 1
    async with world.deps.database.read() as session:
        accounts = (await session.exec(select(Account))).all()
    assert len(accounts) == len(world.accounts) + 1, "whoever came second has left nothing behind"


async def test_one_e_mail_invited_twice_joins_once(world: World) -> None:
    away = world.actors["outsider"].organization_id
    links = [await new_link(world), await new_link(world, organization_id=away, clinic_ids=())]
    found = await asyncio.gather(*(join(world.deps, link.digest, NIA) for link in links), return_exceptions=True)
    assert sorted(type(one).__name__ for one in found) == ["Conflict", "tuple"]


async def test_an_e_mail_with_an_account_does_not_join_by_a_new_password(site: World) -> None:
    secret = await new_link(site, email="outsider@demo.test")
    with pytest.raises(Conflict):
        await join(site.deps, secret.digest, replace(NIA, email="outsider@demo.test"))
    assert (await link_row(site, secret)).used_at is None


async def test_an_account_elsewhere_accepts_and_keeps_what_it_is_there(site: World) -> None:
    await accept(site, await new_link(site, email="outsider@demo.test"), "outsider")
    away, home = site.actors["outsider"].organization_id, site.clinic.organization_id
    assert await roles_of(site, site.accounts["outsider"].id) == {(away, "pcp", None), (home, "specialist", None)}


async def test_a_role_that_one_has_already_is_granted_once(site: World) -> None:
    await accept(site, await new_link(site, roles=(Role.PCP, Role.SPECIALIST)), "pcp")
    assert len(await roles_of(site, site.accounts["pcp"].id)) == 2
    assert len(await covered(site, "pcp")) == 1


async def test_an_invitation_lets_no_disabled_member_in_again(site: World) -> None:
    await disable_member(site.deps, site.actors["admin"], site.accounts["pcp"].id)
    secret = await new_link(site)
    with pytest.raises(Conflict):
        await accept(site, secret, "pcp")
    assert (await link_row(site, secret)).used_at is None


# Changing


async def test_roles_and_clinics_are_as_written(site: World) -> None:
    await change(site, "admin", "pcp", Role.CARE_MANAGER, Role.FRONT_DESK, clinics=False)
    home = site.clinic.organization_id
    assert await roles_of(site, site.accounts["pcp"].id) == {(home, "caremanager", None), (home, "frontdesk", None)}
    assert await covered(site, "pcp") == []
    await change(site, "admin", "pcp", Role.PCP)
    assert [row.clinic_id for row in await covered(site, "pcp")] == [site.clinic.id]
    assert len(await events(site, "change_member")) == 2


async def test_another_organization_s_member_is_nobody(site: World) -> None:
    for do in (disable_member, enable_member):
        with pytest.raises(NotFound):
            await do(site.deps, site.actors["admin"], site.accounts["outsider"].id)
    with pytest.raises(NotFound):
        await change(site, "admin", "outsider", Role.PCP)


async def test_the_last_administrator_keeps_the_role_and_the_way_in(site: World) -> None:
    with pytest.raises(Conflict):
        await change(site, "admin", "admin", Role.PCP)
    with pytest.raises(Conflict):
        await disable_member(site.deps, site.actors["admin"], site.accounts["admin"].id)
    assert await roles_of(site, site.accounts["admin"].id) == {(site.clinic.organization_id, "admin", None)}


async def test_one_of_two_administrators_may_go(site: World) -> None:
    await second_administrator(site)
    await change(site, "admin", "admin", Role.PCP)
    with pytest.raises(Conflict):
        await disable_member(site.deps, site.actors["admin"], site.accounts["frontdesk"].id)


async def test_two_administrators_who_disable_each_other_at_once_leave_one(world: World) -> None:
    await second_administrator(world)
    other = replace(world.actors["frontdesk"], roles=frozenset({Role.ADMINISTRATOR}))
    found = await asyncio.gather(
        disable_member(world.deps, world.actors["admin"], world.accounts["frontdesk"].id),
        disable_member(world.deps, other, world.accounts["admin"].id),
        return_exceptions=True,
    )
    assert sorted(type(one).__name__ for one in found) == ["Conflict", "NoneType"]


# Disabling


async def test_a_disabled_member_is_out_at_once_and_cannot_sign_in(world: World) -> None:
    there, closed = await acting(world, "pcp"), list[str]()
    browser = await world.signed_in("pcp")
    await disable_member(watched(world, closed), world.actors["admin"], world.accounts["pcp"].id)
    assert await live_sessions(world) == set()
    assert there.session_key in closed
    assert (await browser.get("/today")).status_code == 303
    with pytest.raises(Invalid):
        await acting(world, "pcp")
    await enable_member(world.deps, world.actors["admin"], world.accounts["pcp"].id)
    assert (await acting(world, "pcp")).session_id is not None
    assert [len(await events(world, f"{what}_member")) for what in ("disable", "enable")] == [1, 1]


async def test_disabled_in_one_organization_is_not_disabled_in_another(site: World) -> None:
    await accept(site, await new_link(site), "outsider")
    await acting(site, "outsider")
    await disable_member(site.deps, site.actors["admin"], site.accounts["outsider"].id)
    assert len(await live_sessions(site)) == 1
    secret = await start_session(site.deps, site.accounts["outsider"], SignIn("192.0.2.7"))
    assert secret.text


async def test_a_role_that_an_issuer_adds_does_not_let_a_disabled_member_in(site: World) -> None:
    await disable_member(site.deps, site.actors["admin"], site.accounts["pcp"].id)
    at = {"account_id": site.accounts["pcp"].id, "organization_id": site.clinic.organization_id}
    async with site.deps.database.write() as session:
        session.add(Membership(id=new_id(), role=Role.ADMINISTRATOR, disabled_at=None, **at))
    with pytest.raises(Invalid):
        await acting(site, "pcp")


async def test_a_disabled_member_s_roles_do_not_change(site: World) -> None:
    await disable_member(site.deps, site.actors["admin"], site.accounts["pcp"].id)
    with pytest.raises(Conflict):
        await change(site, "admin", "pcp", Role.FRONT_DESK)


# What an issuer may not do


async def accept_as(world: World, secret: Secret, who: Actor) -> None:
    async with world.deps.database.write() as session:
        await accept_invitation(world.deps, session, secret.digest, world.accounts["pcp"], who)


async def test_an_issuer_takes_no_invitation_of_another_organization(world: World) -> None:
    away, pcp = world.actors["outsider"].organization_id, await begin_by_issuer(world)
    secret = await new_link(world, organization_id=away, email="", clinic_ids=())
    with pytest.raises(Forbidden):
        await accept_as(world, secret, pcp)
    assert away not in {organization for organization, _, _ in await roles_of(world, world.accounts["pcp"].id)}
    assert (await link_row(world, secret)).used_at is None
    await accept_as(world, secret, await begin(world))
    assert away in {organization for organization, _, _ in await roles_of(world, world.accounts["pcp"].id)}


async def test_an_issuer_takes_an_invitation_of_its_own_organization(site: World) -> None:
    secret, pcp = await new_link(site, email="", roles=(Role.CARE_MANAGER,)), await begin_by_issuer(site)
    await accept_as(site, secret, pcp)
    assert Role.CARE_MANAGER in {role for _, role, _ in await roles_of(site, site.accounts["pcp"].id)}
