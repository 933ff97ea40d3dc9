"""Queries of issuers: what the sign-in page offers, and what stays within an organization."""

import pytest

from server.identity.issuer_store import (
    client_secret,
    enabled_issuer,
    issuer_by_id,
    issuer_choices,
    issuer_of_session,
    issuers_by_domain,
    issuers_of,
    keep_client_secret,
    organization_by_name,
    sessions_of_issuer,
)
from server.kit import Forbidden, NotFound
from server.kit.ids import new_id
from tests.identity_provider.fixtures import Clinic
from tests.identity_provider.hostile import Hostile

pytestmark = pytest.mark.anyio

URL = "https://id.example.org"


async def test_the_sign_in_page_offers_enabled_issuers_by_label(clinic: Clinic) -> None:
    for label in ("B", "A", "C"):
        await clinic.trust(URL, label=label, client_id=label)
    off = await clinic.trust(URL, label="Off", client_id="off", disabled_at=clinic.world.clock())
    async with clinic.world.deps.database.read() as session:
        assert [choice.label for choice in await issuer_choices(session, 2)] == ["A", "B"]
        assert len(await issuer_choices(session, 9)) == 3
        with pytest.raises(NotFound):
            await enabled_issuer(session, off.id)
        with pytest.raises(NotFound):
            await enabled_issuer(session, None)


async def test_a_domain_leads_to_the_issuer_for_which_it_is_proved(clinic: Clinic) -> None:
    await clinic.trust(URL, label="Proved")
    await clinic.trust(URL, label="Off", client_id="off", disabled_at=clinic.world.clock())
    await clinic.trust(URL, label="Other", client_id="other", domains=("other.test",))
    async with clinic.world.deps.database.read() as session:
        assert [choice.label for choice in await issuers_by_domain(session, "demo.test")] == ["Proved"]
        assert await issuers_by_domain(session, "nobody.test") == []


async def test_an_issuer_is_its_organizations_administrators(clinics: Clinic) -> None:
    issuer = await clinics.trust(URL)
    actors = clinics.world.actors
    async with clinics.world.deps.database.read() as session:
        assert [row.id for row in await issuers_of(session, actors["admin"])] == [issuer.id]
        assert (await issuer_by_id(session, actors["admin"], issuer.id)).id == issuer.id
        for who, error in (("pcp", Forbidden), ("outsider", NotFound)):
            with pytest.raises(error):
                await issuer_by_id(session, actors[who], issuer.id)
        with pytest.raises(Forbidden):
            await issuers_of(session, actors["outsider"])
        for unknown in (None, new_id()):
            with pytest.raises(NotFound):
                await issuer_by_id(session, actors["admin"], unknown)


async def test_a_secret_is_kept_sealed_or_not_at_all(clinic: Clinic) -> None:
    issuer = await clinic.trust(URL)
    keyring = clinic.world.deps.keyring
    assert client_secret(keyring, issuer) != ""
    keep_client_secret(keyring, issuer, "")
    assert (issuer.client_secret, client_secret(keyring, issuer)) == (None, "")


async def test_sessions_are_found_by_the_issuers_session_or_by_the_person(clinic: Clinic, liar: Hostile) -> None:
    issuer = await clinic.trust(liar.url)
    await clinic.sign_in(liar, issuer)
    async with clinic.world.deps.database.read() as session:
        for named, count in (
            ({"sid": "session-1"}, 1),
            ({"sid": "x"}, 0),
            ({"subject": "rose"}, 1),
            ({"subject": "x"}, 0),
        ):
            assert len(await sessions_of_issuer(session, issuer.id, **named)) == count
        assert await issuer_of_session(session, clinic.world.actors["pcp"]) is None


async def test_an_organization_is_found_by_its_name_in_whatever_case(clinics: Clinic) -> None:
    async with clinics.world.deps.database.read() as session:
        found = await organization_by_name(session, " CEDAR creek health ")
        assert found == clinics.world.clinic.organization_id
        assert await organization_by_name(session, "Nobody") is None
