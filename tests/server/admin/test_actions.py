"""Setting a server up, inviting by mail, changing members: over several features, in one transaction each."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from sqlmodel import select

from server.access import Role
from server.admin.actions import (
    Invited,
    invite_administrator,
    join_url,
    send_again,
    send_invitation,
    set_up,
    write_member,
)
from server.directory import Clinic, NewOrganization, Organization, Practice, Practitioner
from server.identity import Account, Membership, NewMember, new_setup_link
from server.kit import Conflict, CurbsideError, Gone, Invalid, NotFound
from server.outbox import send_due_mail
from tests.cast import World
from tests.server.identity.account_links import events, link_row, mails, new_link, roles_of
from tests.server.outbox.post import opened_post_office

pytestmark = pytest.mark.anyio

NEW = NewOrganization("Juniper Health", "es", "Juniper Clinic", "406-555-0111", "America/Denver")
FIRST = NewMember("ada@juniper.test", "Ada Reyes", "hash")


def invited(world: World, **changes: Any) -> Invited:
    given = Invited("new@clinic.test", "Nia Wolf", frozenset({Role.FRONT_DESK}), [world.clinic.id], None)
    return replace(given, **changes)


def practice(world: World, **changes: str) -> Practice:
    return replace(Practice("Rose", "Okafor", "Pediatrics", "physician", str(world.clinic.id), "Dr."), **changes)


async def no_administrator(world: World) -> None:
    async with world.deps.database.write() as session:
        for row in (await session.exec(select(Membership).where(Membership.role == Role.ADMINISTRATOR))).all():
            await session.delete(row)


async def setup_token(world: World) -> str:
    await no_administrator(world)
    secret = await new_setup_link(world.deps)
    assert secret is not None
    return secret.text


async def test_setting_up_makes_organization_clinic_and_administrator(world: World) -> None:
    account, home = await set_up(world.deps, await setup_token(world), NEW, FIRST)
    assert await roles_of(world, account.id) == {(home, "admin", None)}
    async with world.deps.database.read() as session:
        organization = await session.get_one(Organization, home)
        clinic = (await session.exec(select(Clinic).where(Clinic.organization_id == home))).one()
    assert (organization.name, organization.language) == ("Juniper Health", "es")
    assert (clinic.name, clinic.phone, clinic.time_zone) == ("Juniper Clinic", "406-555-0111", "America/Denver")
    (event,) = await events(world, "set_up")
    assert event.organization_id == home


async def test_of_two_browsers_that_set_up_at_once_one_does(world: World) -> None:
    token = await setup_token(world)

    async def once(n: int) -> bool:
        try:
            await set_up(world.deps, token, NEW, replace(FIRST, email=f"ada{n}@juniper.test"))
        except CurbsideError:
            return False
        return True

    assert sum(await asyncio.gather(*(once(n) for n in range(10)))) == 1
    async with world.deps.database.read() as session:
        made = (await session.exec(select(Organization).where(Organization.name == NEW.name))).all()
        accounts = (await session.exec(select(Account))).all()
    assert (len(made), len(accounts)) == (1, len(world.accounts) + 1)


async def test_nothing_is_set_up_where_somebody_administers_by_now(site: World) -> None:
    secret = await new_link(site, purpose="setup", organization_id=None, email="")
    with pytest.raises(Gone):
        await set_up(site.deps, secret.text, NEW, FIRST)
    assert (await link_row(site, secret)).used_at is None


async def test_a_set_up_that_fails_leaves_nothing_and_the_link_good(site: World) -> None:
    token = await setup_token(site)
    with pytest.raises(Invalid):
        await set_up(site.deps, token, NEW, replace(FIRST, email="pcp@demo.test"))
    await set_up(site.deps, token, NEW, FIRST)


@pytest.mark.parametrize(("language", "words"), [("en", "invites you to work with"), ("es", "le invita a trabajar")])
async def test_an_invitation_arrives_in_the_organization_s_language(site: World, language: str, words: str) -> None:
    async with site.deps.database.write() as session:
        (await session.get_one(Organization, site.clinic.organization_id)).language = language
    async with opened_post_office() as office:
        settings = site.deps.settings.model_copy(update={"smtp_url": office.url})
        deps = replace(site.deps, settings=settings)
        sent = await send_invitation(deps, site.actors["admin"], invited(site))
        assert sent.message_id is not None
        assert await send_due_mail(deps)
        (mail,) = office.taken
    assert mail["To"] == "new@clinic.test"
    text = " ".join(mail.get_content().split())
    assert words in text
    assert "Cedar Creek Health" in text
    assert "/join/" in text
    assert "/join/" not in str(mail["Subject"])


async def test_without_a_mail_server_the_link_is_given_to_the_administrator(site: World) -> None:
    sent = await send_invitation(site.deps, site.actors["admin"], invited(site))
    assert sent.message_id is None
    assert sent.url.startswith("http://127.0.0.1:8000/join/")
    assert await mails(site) == []


async def test_sending_again_makes_a_new_link(site: World) -> None:
    first = await send_invitation(site.deps, site.actors["admin"], invited(site))
    second = await send_again(site.deps, site.actors["admin"], first.link_id)
    assert (second.link_id, second.url == first.url) == (first.link_id, False)
    with pytest.raises(NotFound):
        await send_again(site.deps, site.actors["outsider"], first.link_id)


async def test_a_member_s_roles_and_practice_are_written_together(site: World) -> None:
    pcp, admin = site.accounts["pcp"].id, site.actors["admin"]
    await write_member(site.deps, admin, pcp, {Role.PCP}, [site.clinic.id], practice(site))
    async with site.deps.database.read() as session:
        row = (await session.exec(select(Practitioner).where(Practitioner.account_id == pcp))).one()
    assert (row.id, row.specialty) == (site.practitioners["pcp"].id, "Pediatrics")


async def test_who_treats_nobody_gets_no_practice(site: World) -> None:
    front, admin = site.accounts["frontdesk"].id, site.actors["admin"]
    await write_member(site.deps, admin, front, {Role.FRONT_DESK}, [site.clinic.id], practice(site))
    async with site.deps.database.read() as session:
        assert (await session.exec(select(Practitioner).where(Practitioner.account_id == front))).all() == []


async def test_when_the_practice_cannot_be_written_the_roles_are_not_either(site: World) -> None:
    elsewhere = practice(site, clinic_id=str(site.practitioners["outsider"].clinic_id))
    with pytest.raises(NotFound):
        await write_member(
            site.deps, site.actors["admin"], site.accounts["frontdesk"].id, {Role.PCP}, [site.clinic.id], elsewhere
        )
    assert {role for _, role, _ in await roles_of(site, site.accounts["frontdesk"].id)} == {"frontdesk"}


async def test_the_last_administrator_is_not_written_away(site: World) -> None:
    with pytest.raises(Conflict):
        await write_member(site.deps, site.actors["admin"], site.accounts["admin"].id, {Role.PCP}, [], None)


async def test_the_operator_invites_an_administrator_of_an_organization(site: World) -> None:
    secret = await invite_administrator(site.deps, "Prairie Health")
    row = await link_row(site, secret)
    assert (row.roles, row.organization_id) == ("admin", site.actors["outsider"].organization_id)
    assert join_url(site.deps, secret).endswith(secret.text)
    with pytest.raises(NotFound):
        await invite_administrator(site.deps, "Nowhere Health")
