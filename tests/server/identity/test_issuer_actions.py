"""Setting issuers up: on the administrator's page, in the operator's settings, and proving their domains."""

from typing import Any

import pytest
from sqlmodel import col, select

from server.audit import AuditEvent
from server.identity.issuer_actions import (
    IssuerDetails,
    SettingsWrong,
    add_issuer,
    change_issuer,
    check_issuer,
    enable_issuer,
    list_domains,
    prove_domain,
    sync_issuers,
)
from server.identity.issuer_store import client_secret, domain_is_proved, domains_of
from server.identity.tables import EmailDomain, Issuer
from server.kit import Conflict, Forbidden, Invalid, NotFound
from server.settings import IssuerSettings
from tests.cast import World
from tests.identity_provider.fixtures import Clinic
from tests.identity_provider.hostile import Hostile

pytestmark = pytest.mark.anyio

URL = "https://id.example.org"
DETAILS = IssuerDetails("Cedar Creek", URL, "us", "top-secret", ("cedar.example",), "groups", {"docs": "pcp"}, True)


def settings(**changes: Any) -> IssuerSettings:
    base = {"organization": "Cedar Creek Health", "issuer": URL, "client_id": "us", "label": "Cedar"}
    return IssuerSettings(**{**base, **changes})


async def issuers(world: World) -> list[Issuer]:
    async with world.deps.database.read() as session:
        return list((await session.exec(select(Issuer).order_by(col(Issuer.id)))).all())


async def domains(world: World, issuer: Issuer) -> dict[str, bool]:
    async with world.deps.database.read() as session:
        return {row.domain: row.proved_at is not None for row in await domains_of(session, issuer.id)}


async def test_an_administrator_sets_an_issuer_up_whose_domain_waits_for_proof(world: World) -> None:
    await add_issuer(world.deps, world.actors["admin"], DETAILS)
    (row,) = await issuers(world)
    assert (row.source, row.role_map, row.provisions) == ("page", {"docs": "pcp"}, True)
    assert row.client_secret is not None
    assert b"top-secret" not in row.client_secret
    assert client_secret(world.deps.keyring, row) == "top-secret"
    assert await domains(world, row) == {"cedar.example": False}
    async with world.deps.database.read() as session:
        events = (await session.exec(select(AuditEvent))).all()
    assert [(event.action, event.entity_id) for event in events] == [("add_issuer", row.id)]


async def test_an_issuer_cannot_be_set_up_twice_or_for_all_of_microsoft(world: World) -> None:
    await add_issuer(world.deps, world.actors["admin"], DETAILS)
    with pytest.raises(Invalid) as twice:
        await add_issuer(world.deps, world.actors["admin"], DETAILS)
    assert "set up already" in twice.value.errors["issuer"]
    common = IssuerDetails("All", "https://login.microsoftonline.com/common/v2.0", "us")
    with pytest.raises(Invalid) as everybody:
        await add_issuer(world.deps, world.actors["admin"], common)
    assert "tenant" in everybody.value.errors["issuer"]


async def test_a_change_keeps_the_address_the_secret_and_the_proof(world: World) -> None:
    issuer_id = await add_issuer(world.deps, world.actors["admin"], DETAILS)
    await prove_domain(world.deps, "cedar creek health", "cedar.example")
    new = IssuerDetails("New name", "https://evil.example.org", "them", "", ("cedar.example", "Creek.example"))
    await change_issuer(world.deps, world.actors["admin"], issuer_id, new)
    (row,) = await issuers(world)
    assert (row.label, row.issuer, row.client_id) == ("New name", URL, "them")
    assert client_secret(world.deps.keyring, row) == "top-secret"
    assert await domains(world, row) == {"cedar.example": True, "creek.example": False}
    await change_issuer(world.deps, world.actors["admin"], issuer_id, IssuerDetails("x", URL, "them"))
    assert await domains(world, row) == {}


async def test_a_change_does_not_make_two_of_a_kind(world: World) -> None:
    await add_issuer(world.deps, world.actors["admin"], DETAILS)
    other = await add_issuer(world.deps, world.actors["admin"], IssuerDetails("Other", URL, "them"))
    with pytest.raises(Invalid):
        await change_issuer(world.deps, world.actors["admin"], other, DETAILS)


async def test_an_issuer_is_switched_off_and_on(world: World) -> None:
    issuer_id = await add_issuer(world.deps, world.actors["admin"], DETAILS)
    for enabled in (False, True):
        await enable_issuer(world.deps, world.actors["admin"], issuer_id, enabled=enabled)
        assert ((await issuers(world))[0].disabled_at is None) is enabled


async def test_nobody_else_manages_them(world: World) -> None:
    issuer_id = await add_issuer(world.deps, world.actors["admin"], DETAILS)
    with pytest.raises(Forbidden):
        await add_issuer(world.deps, world.actors["pcp"], DETAILS)
    for who, error in (("pcp", Forbidden), ("outsider", NotFound)):
        with pytest.raises(error):
            await change_issuer(world.deps, world.actors[who], issuer_id, DETAILS)
        with pytest.raises(error):
            await enable_issuer(world.deps, world.actors[who], issuer_id, enabled=False)


async def test_settings_make_issuers_whose_domains_are_proved(world: World) -> None:
    one = settings(organization=" cedar creek health ", domains=("Cedar.Example",), client_secret="s")
    for _ in range(2):
        await sync_issuers(world.deps, [one])
    (row,) = await issuers(world)
    assert (row.source, row.organization_id) == ("settings", world.clinic.organization_id)
    assert client_secret(world.deps.keyring, row) == "s"
    assert await domains(world, row) == {"cedar.example": True}


async def test_what_is_no_longer_set_signs_in_no_longer_until_it_is_set_again(world: World) -> None:
    page = await add_issuer(world.deps, world.actors["admin"], IssuerDetails("Page", URL, "page"))
    for wanted, disabled in (([settings()], False), ([], True), ([], True), ([settings()], False)):
        await sync_issuers(world.deps, wanted)
        rows = {row.id == page: row.disabled_at is not None for row in await issuers(world)}
        assert rows == {True: False, False: disabled}


async def test_settings_take_over_what_a_page_has_made(world: World) -> None:
    issuer_id = await add_issuer(world.deps, world.actors["admin"], DETAILS)
    await sync_issuers(world.deps, [settings(domains=("cedar.example",))])
    (row,) = await issuers(world)
    assert (row.id, row.source, await domains(world, row)) == (issuer_id, "settings", {"cedar.example": True})
    with pytest.raises(Conflict):
        await change_issuer(world.deps, world.actors["admin"], issuer_id, DETAILS)
    with pytest.raises(Conflict):
        await enable_issuer(world.deps, world.actors["admin"], issuer_id, enabled=False)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"organization": "Cedar"}, "there is no organization 'Cedar'. There are: Cedar Creek Health, Prairie Health."),
        ({"issuer": "https://login.microsoftonline.com/common/v2.0"}, "tenant"),
        ({"role_map": {"docs": "king"}}, "no such role: king"),
    ],
)
async def test_settings_that_cannot_be_used_are_said(site: World, changes: dict[str, Any], words: str) -> None:
    with pytest.raises(SettingsWrong, match="CURBSIDE_OIDC_ISSUERS") as wrong:
        await sync_issuers(site.deps, [settings(**changes)])
    assert words in str(wrong.value)
    assert await issuers(site) == []


async def test_the_operator_proves_a_domain_of_one_organization_only(world: World) -> None:
    await add_issuer(world.deps, world.actors["admin"], DETAILS)
    await sync_issuers(world.deps, [settings(organization="Prairie Health", issuer="https://p.example.org")])
    async with world.deps.database.write() as session:
        row = (await session.exec(select(Issuer).where(Issuer.source == "settings"))).one()
        domain = EmailDomain(id=row.id, organization_id=row.organization_id, issuer_id=row.id, domain="cedar.example")
        session.add(domain)
    assert await prove_domain(world.deps, "Cedar Creek Health", " Cedar.Example ") == 1
    assert sorted(await list_domains(world.deps)) == [
        ("Cedar Creek Health", "cedar.example", "Cedar Creek", True),
        ("Prairie Health", "cedar.example", "Cedar", False),
    ]
    async with world.deps.database.read() as session:
        assert not await domain_is_proved(session, row.id, "cedar.example")


@pytest.mark.parametrize(("organization", "domain"), [("Nobody", "cedar.example"), ("Cedar Creek Health", "x.example")])
async def test_a_domain_that_nobody_names_is_not_proved(site: World, organization: str, domain: str) -> None:
    await add_issuer(site.deps, site.actors["admin"], DETAILS)
    with pytest.raises(NotFound):
        await prove_domain(site.deps, organization, domain)


async def test_an_issuer_is_asked_whether_it_answers(clinic: Clinic, liar: Hostile) -> None:
    assert await check_issuer(clinic.world.deps, liar.url) == ""
    assert await check_issuer(clinic.world.deps, "nonsense") != ""
    assert "own network" in await check_issuer(clinic.world.deps, "https://10.0.0.1")
