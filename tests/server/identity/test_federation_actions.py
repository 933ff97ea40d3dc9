"""Whose account a sign-in with an issuer is, who may link one, and the roles that come and go with claims."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlmodel import col, select

from server.access import Role
from server.audit import AuditEvent
from server.identity import Account, Membership, account_email
from server.identity.federation_actions import Arrival, account_of
from server.identity.oidc_rules import SignInRefused, Trouble
from server.identity.store import email_index
from server.identity.tables import AccountLink, ClinicCoverage, EmailDomain, FederatedIdentity, Issuer
from server.kit import field_name, new_secret
from server.kit.ids import new_id
from tests.cast import World
from tests.identity_provider.fixtures import Clinic

pytestmark = pytest.mark.anyio

URL = "https://id.example.org"
ROLES = {"doctors": "pcp", "desk": "frontdesk", "bosses": "admin"}


def arrival(issuer: Issuer, subject: str = "s-1", invitation: str = "", **claims: Any) -> Arrival:
    base = {"sub": subject, "email": "pcp@demo.test", "email_verified": True, "name": "Rose Okafor"}
    return Arrival(issuer, {**base, **claims}, "192.0.2.7", invitation)


async def refused(clinic: Clinic, who: Arrival) -> Trouble:
    with pytest.raises(SignInRefused) as error:
        await account_of(clinic.world.deps, who)
    return error.value.trouble


async def roles(world: World, account: UUID) -> set[tuple[str, bool]]:
    """Roles in the clinic's organization, and whether an issuer gave them."""
    async with world.deps.database.read() as session:
        query = select(Membership).where(
            Membership.account_id == account, Membership.organization_id == world.clinic.organization_id
        )
        return {(row.role, row.issuer_id is not None) for row in (await session.exec(query)).all()}


async def trail(world: World) -> list[str]:
    async with world.deps.database.read() as session:
        rows = (await session.exec(select(AuditEvent).order_by(col(AuditEvent.id)))).all()
        return [f"{row.action} {row.why}".strip() for row in rows]


async def invite(world: World, issuer: Issuer, email: str = "nadia@home.test", **fields: Any) -> str:
    secret, row_id, now = new_secret(), new_id(), world.clock()
    base = {
        "id": row_id,
        "purpose": "invitation",
        "token_hash": secret.digest,
        "organization_id": issuer.organization_id,
        "email": world.deps.keyring.seal(email, field_name("account_link", row_id, "email")),
        "email_index": email_index(world.deps.keyring, email),
        "name": "Nadia Petrova",
        "roles": "frontdesk",
        "clinic_ids": [str(world.clinic.id)],
        "created_at": now,
        "ends_at": now + timedelta(days=7),
    }
    async with world.deps.database.write() as session:
        session.add(AccountLink(**{**base, **fields}))
    return secret.text


async def test_a_verified_email_in_a_proved_domain_links_a_member_and_the_subject_stays(clinics: Clinic) -> None:
    issuer = await clinics.trust(URL)
    first = await account_of(clinics.world.deps, arrival(issuer))
    assert first.id == clinics.world.accounts["pcp"].id
    again = await account_of(clinics.world.deps, arrival(issuer, email="renamed@elsewhere.test", email_verified=False))
    assert again.id == first.id
    assert await trail(clinics.world) == ["link_identity"]


async def test_two_tabs_at_once_link_once(clinics: Clinic) -> None:
    issuer = await clinics.trust(URL)
    both = await asyncio.gather(*(account_of(clinics.world.deps, arrival(issuer)) for _ in range(2)))
    assert both[0].id == both[1].id
    async with clinics.world.deps.database.read() as session:
        assert len((await session.exec(select(FederatedIdentity))).all()) == 1


@pytest.mark.parametrize(
    ("claims", "trouble"),
    [
        ({"email_verified": False}, Trouble.UNVERIFIED),
        ({"email_verified": "true"}, Trouble.UNVERIFIED),
        ({"email_verified": None}, Trouble.UNVERIFIED),
        ({"email": None}, Trouble.NO_EMAIL),
        ({"email": "pcp"}, Trouble.NO_EMAIL),
        ({"email": "pcp@other.test"}, Trouble.UNKNOWN),
        ({"email": "nobody@demo.test"}, Trouble.UNKNOWN),
        ({"email": "outsider@demo.test"}, Trouble.UNKNOWN),
        ({"email": "pcp@demo.test@other.test"}, Trouble.NO_EMAIL),
    ],
)
async def test_nobody_else_is_linked(clinic: Clinic, claims: dict[str, Any], trouble: Trouble) -> None:
    assert await refused(clinic, arrival(await clinic.trust(URL), **claims)) is trouble


async def test_a_domain_that_is_not_proved_links_nobody(clinic: Clinic) -> None:
    issuer = await clinic.trust(URL, domains=())
    at: dict[str, Any] = {"organization_id": issuer.organization_id, "issuer_id": issuer.id}
    async with clinic.world.deps.database.write() as session:
        session.add(EmailDomain(id=new_id(), domain="demo.test", **at))
    assert await refused(clinic, arrival(issuer)) is Trouble.UNKNOWN


async def test_a_domain_that_another_issuer_has_proved_links_nobody(clinic: Clinic) -> None:
    await clinic.trust(URL)
    other = await clinic.trust("https://evil.example.org", domains=())
    assert await refused(clinic, arrival(other)) is Trouble.UNKNOWN


async def test_an_email_that_was_given_to_somebody_else_does_not_open_its_former_owners_account(clinic: Clinic) -> None:
    issuer = await clinic.trust(URL)
    await account_of(clinic.world.deps, arrival(issuer, "s-1"))
    assert await refused(clinic, arrival(issuer, "s-2")) is Trouble.UNKNOWN


async def test_the_same_subject_at_another_issuer_is_another_person(clinic: Clinic) -> None:
    await account_of(clinic.world.deps, arrival(await clinic.trust(URL)))
    other = await clinic.trust("https://other.example.org", domains=())
    assert await refused(clinic, arrival(other, email="x@y.test")) is Trouble.UNKNOWN


async def test_a_disabled_account_stays_out_whether_linked_or_not(clinic: Clinic) -> None:
    issuer = await clinic.trust(URL)
    async with clinic.world.deps.database.write() as session:
        (await session.get_one(Account, clinic.world.accounts["pcp"].id)).disabled_at = clinic.world.clock()
    assert await refused(clinic, arrival(issuer)) is Trouble.DISABLED


async def test_a_member_whom_the_administrator_disabled_is_not_let_in_again_by_claims(clinic: Clinic) -> None:
    issuer, world = await clinic.trust(URL, role_claim="groups", role_map=ROLES), clinic.world
    await account_of(world.deps, arrival(issuer, groups=["doctors"]))
    async with world.deps.database.write() as session:
        query = select(Membership).where(Membership.account_id == world.accounts["pcp"].id)
        for row in (await session.exec(query)).all():
            row.disabled_at = world.clock.now
    for groups in (["doctors"], ["bosses"]):
        assert await refused(clinic, arrival(issuer, groups=groups)) is Trouble.DISABLED


async def test_an_issuer_that_provisions_makes_an_account_with_the_claimed_roles_and_all_clinics(
    clinics: Clinic,
) -> None:
    issuer = await clinics.trust(URL, provisions=True, role_claim="groups", role_map=ROLES)
    who = arrival(issuer, email="Nadia@Demo.Test", name="Nadia Petrova", groups=["desk", "everyone"])
    account = await account_of(clinics.world.deps, who)
    assert (account.name, account_email(clinics.world.deps.keyring, account)) == ("Nadia Petrova", "nadia@demo.test")
    assert await roles(clinics.world, account.id) == {("frontdesk", True)}
    async with clinics.world.deps.database.read() as session:
        covered = (await session.exec(select(ClinicCoverage).where(ClinicCoverage.account_id == account.id))).all()
    assert [row.clinic_id for row in covered] == [clinics.world.clinic.id]
    assert await trail(clinics.world) == ["create_account issuer", "link_identity", "change_roles +frontdesk"]


async def test_somebody_whom_another_organization_knows_gets_roles_here_and_keeps_those_there(clinic: Clinic) -> None:
    issuer = await clinic.trust(URL, provisions=True, role_claim="groups", role_map=ROLES)
    account = await account_of(clinic.world.deps, arrival(issuer, email="outsider@demo.test", groups="desk"))
    assert account.id == clinic.world.accounts["outsider"].id
    async with clinic.world.deps.database.read() as session:
        rows = (await session.exec(select(Membership).where(Membership.account_id == account.id))).all()
    assert sorted((row.role, row.organization_id == issuer.organization_id) for row in rows) == [
        ("frontdesk", True),
        ("pcp", False),
    ]


async def test_nobody_is_provisioned_without_a_role(clinic: Clinic) -> None:
    issuer = await clinic.trust(URL, provisions=True, role_claim="groups", role_map=ROLES)
    assert await refused(clinic, arrival(issuer, email="n@demo.test", groups=["everyone"])) is Trouble.NO_ROLE
    async with clinic.world.deps.database.read() as session:
        assert (await session.exec(select(FederatedIdentity))).all() == []


async def test_roles_come_and_go_with_the_claims_while_those_given_here_stay(clinics: Clinic) -> None:
    issuer = await clinics.trust(URL, role_claim="realm_access.roles", role_map=ROLES)
    world, pcp = clinics.world, clinics.world.accounts["pcp"].id

    async def come(*claimed: str) -> set[tuple[str, bool]]:
        await account_of(world.deps, arrival(issuer, realm_access={"roles": list(claimed)}))
        return await roles(world, pcp)

    assert await come("desk", "doctors") == {("pcp", False), ("frontdesk", True)}
    assert await come("bosses") == {("pcp", False), ("admin", True)}
    assert await come() == {("pcp", False)}
    assert [line for line in await trail(world) if line.startswith("change_roles")] == [
        "change_roles +frontdesk",
        "change_roles +admin -frontdesk",
        "change_roles -admin",
    ]


async def test_who_loses_the_last_role_stays_out_and_is_taken_back_with_a_new_one(clinic: Clinic) -> None:
    issuer = await clinic.trust(URL, provisions=True, role_claim="groups", role_map=ROLES)
    who = {"email": "n@demo.test"}
    account = await account_of(clinic.world.deps, arrival(issuer, groups=["desk"], **who))
    assert await refused(clinic, arrival(issuer, groups=[], **who)) is Trouble.NO_ROLE
    await account_of(clinic.world.deps, arrival(issuer, groups=["doctors"], **who))
    assert await roles(clinic.world, account.id) == {("pcp", True)}


async def test_an_issuer_without_a_role_claim_leaves_roles_alone(clinic: Clinic) -> None:
    account = await account_of(clinic.world.deps, arrival(await clinic.trust(URL), groups=["bosses"]))
    assert await roles(clinic.world, account.id) == {("pcp", False)}


async def test_an_invitation_makes_an_account_for_whoever_the_issuer_proves(clinics: Clinic) -> None:
    world, issuer = clinics.world, await clinics.trust(URL, domains=())
    text = await invite(world, issuer)
    account = await account_of(world.deps, arrival(issuer, "s-9", text, email=None, email_verified=False))
    assert account_email(world.deps.keyring, account) == "nadia@home.test"
    assert await roles(world, account.id) == {(Role.FRONT_DESK, False)}
    assert await trail(world) == ["create_account issuer", "accept_invitation frontdesk", "link_identity"]
    assert await refused(clinics, arrival(issuer, "s-10", text)) is Trouble.INVITATION


async def test_an_invitation_links_an_account_that_belongs_here_alone(clinic: Clinic) -> None:
    issuer, pcp = await clinic.trust(URL, domains=()), clinic.world.accounts["pcp"]
    text = await invite(clinic.world, issuer, "pcp@demo.test", account_id=pcp.id, clinic_ids=[])
    account = await account_of(clinic.world.deps, arrival(issuer, "s-9", text))
    assert account.id == pcp.id
    assert await roles(clinic.world, pcp.id) == {("pcp", False), ("frontdesk", False)}


async def test_an_invitation_never_links_an_account_of_another_organization(clinic: Clinic) -> None:
    issuer = await clinic.trust(URL, domains=())
    text = await invite(clinic.world, issuer, "outsider@demo.test")
    assert await refused(clinic, arrival(issuer, "s-9", text)) is Trouble.INVITATION
    async with clinic.world.deps.database.read() as session:
        assert (await session.exec(select(AccountLink))).one().used_at is None


@pytest.mark.parametrize("over", ["ends_at", "used_at", "revoked_at", "purpose"])
async def test_an_invitation_that_is_over_is_refused(clinic: Clinic, over: str) -> None:
    issuer, now = await clinic.trust(URL), clinic.world.clock()
    changed: dict[str, Any] = {over: "reset" if over == "purpose" else now}
    text = await invite(clinic.world, issuer, **changed)
    assert await refused(clinic, arrival(issuer, "s-9", text)) is Trouble.INVITATION


async def test_an_invitation_of_another_organization_is_refused(clinic: Clinic) -> None:
    issuer = await clinic.trust(URL)
    text = await invite(clinic.world, issuer, organization_id=clinic.world.actors["outsider"].organization_id)
    assert await refused(clinic, arrival(issuer, "s-9", text)) is Trouble.INVITATION
