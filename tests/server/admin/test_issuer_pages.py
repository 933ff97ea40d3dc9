"""The administrator's pages of OpenID providers: list, add, change, switch off, and ask whether one answers."""

import httpx2
import pytest
from sqlmodel import select

from server.identity import Issuer, prove_domain
from server.identity.issuer_store import client_secret
from tests.cast import ORIGIN, World
from tests.identity_provider.fixtures import Clinic
from tests.identity_provider.hostile import Hostile

pytestmark = pytest.mark.anyio

TYPED = {
    "label": "Cedar Creek",
    "issuer": "https://id.example.org/realms/clinic",
    "client_id": "curbside",
    "client_secret": "top-secret",
    "domains": "Cedar.example, @creek.example",
    "role_claim": "groups",
    "role_map": "doctors = pcp",
    "provisions": "on",
}


async def rows(world: World) -> list[Issuer]:
    async with world.deps.database.read() as session:
        return list((await session.exec(select(Issuer))).all())


@pytest.fixture
async def admin(clinic: Clinic) -> httpx2.AsyncClient:
    """The administrator's browser."""
    return await clinic.world.signed_in("admin")


async def test_the_administrators_first_page_leads_here(admin: httpx2.AsyncClient) -> None:
    assert 'href="/admin/issuers"' in (await admin.get("/admin")).text
    assert "None yet" in (await admin.get("/admin/issuers")).text
    assert (await admin.get("/admin/issuers/new")).status_code == 200


async def test_adding_one_leads_to_the_addresses_that_the_provider_must_know(
    clinic: Clinic, admin: httpx2.AsyncClient
) -> None:
    answer = await admin.post("/admin/issuers", data=TYPED)
    (row,) = await rows(clinic.world)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/admin/issuers/{row.id}")
    page = (await admin.get(answer.headers["location"])).text
    for place in ("callback", "logout", "left"):
        assert f'value="{ORIGIN}/login/oidc/{row.id}/{place}"' in page
    assert "cedar.example: waiting for the operator" in page
    assert "creek.example: waiting for the operator" in page
    assert "doctors = pcp" in page
    assert "top-secret" not in page
    assert client_secret(clinic.world.deps.keyring, row) == "top-secret"
    assert "Domain not proved yet" in (await admin.get("/admin/issuers")).text


async def test_a_proved_domain_reads_as_proved(clinic: Clinic, admin: httpx2.AsyncClient) -> None:
    place = (await admin.post("/admin/issuers", data={**TYPED, "domains": "cedar.example"})).headers["location"]
    await prove_domain(clinic.world.deps, "Cedar Creek Health", "cedar.example")
    assert "waiting" not in (await admin.get(place)).text


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("label", "", "Enter a short name"),
        ("issuer", "", "Enter the issuer's address"),
        ("issuer", "nonsense", "Enter the issuer's address"),
        ("issuer", "https://login.microsoftonline.com/common/v2.0", "your own tenant"),
        ("client_id", "", "Enter the client id"),
        ("domains", "cedar", "Enter domains like"),
        ("domains", "\n".join(f"d{n}.example" for n in range(21)), "Enter domains like"),
        ("role_map", "doctors = king", "Write one line for each"),
    ],
)
async def test_what_is_wrong_is_said_at_its_field_and_the_secret_is_not_sent_back(
    clinic: Clinic, admin: httpx2.AsyncClient, field: str, typed: str, words: str
) -> None:
    answer = await admin.post("/admin/issuers", data={**TYPED, field: typed})
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert words in answer.text
    assert "top-secret" not in answer.text
    assert await rows(clinic.world) == []


async def test_asking_whether_it_answers_saves_nothing(
    clinic: Clinic, admin: httpx2.AsyncClient, liar: Hostile
) -> None:
    answer = await admin.post("/admin/issuers", data={"issuer": liar.url, "test": "1"})
    assert "The provider answers" in answer.text
    liar.metadata = {"issuer": "https://elsewhere.example.org"}
    wrong = await admin.post("/admin/issuers", data={**TYPED, "issuer": liar.url, "test": "1"})
    assert wrong.status_code == 422
    assert "calls itself by another address" in wrong.text
    inside = await admin.post("/admin/issuers", data={"issuer": "http://169.254.169.254", "test": "1"})
    assert "own network" in inside.text
    assert await rows(clinic.world) == []


async def test_a_saved_one_is_asked_at_its_own_address(
    clinic: Clinic, admin: httpx2.AsyncClient, liar: Hostile
) -> None:
    issuer = await clinic.trust(liar.url)
    answer = await admin.post(f"/admin/issuers/{issuer.id}", data={"issuer": "https://10.0.0.1", "test": "1"})
    assert "The provider answers" in answer.text


async def test_a_change_is_saved_and_an_empty_secret_keeps_the_old_one(
    clinic: Clinic, admin: httpx2.AsyncClient
) -> None:
    issuer = await clinic.trust("https://id.example.org")
    before = client_secret(clinic.world.deps.keyring, issuer)
    changed = {**TYPED, "label": "New name", "client_secret": "", "provisions": ""}
    answer = await admin.post(f"/admin/issuers/{issuer.id}", data=changed)
    assert answer.headers["location"] == "/admin/issuers"
    (row,) = await rows(clinic.world)
    assert (row.label, row.issuer, row.provisions) == ("New name", "https://id.example.org", False)
    assert client_secret(clinic.world.deps.keyring, row) == before
    wrong = await admin.post(f"/admin/issuers/{issuer.id}", data={**changed, "label": ""})
    assert wrong.status_code == 422


async def test_one_is_switched_off_and_on(clinic: Clinic, admin: httpx2.AsyncClient) -> None:
    issuer = await clinic.trust("https://id.example.org")
    await admin.post(f"/admin/issuers/{issuer.id}/switch", data={"enabled": "0"})
    assert "Switched off" in (await admin.get("/admin/issuers")).text
    assert "Let it sign in again" in (await admin.get(f"/admin/issuers/{issuer.id}")).text
    assert "Cedar Creek" not in (await clinic.world.browser().get("/login")).text
    await admin.post(f"/admin/issuers/{issuer.id}/switch", data={"enabled": "1"})
    assert "Signs in" in (await admin.get("/admin/issuers")).text


async def test_what_the_settings_made_is_only_shown(clinic: Clinic, admin: httpx2.AsyncClient) -> None:
    issuer = await clinic.trust("https://id.example.org", source="settings")
    page = (await admin.get(f"/admin/issuers/{issuer.id}")).text
    assert "changes it in the settings" in page
    assert 'name="label"' not in page
    assert (await admin.post(f"/admin/issuers/{issuer.id}", data=TYPED)).status_code == 409


@pytest.mark.parametrize(("who", "status"), [("pcp", 403), ("frontdesk", 403)])
async def test_nobody_else_sees_them(clinic: Clinic, who: str, status: int) -> None:
    browser = await clinic.world.signed_in(who)
    for path in ("/admin/issuers", "/admin/issuers/new"):
        assert (await browser.get(path)).status_code == status


async def test_another_organizations_administrator_finds_nothing(clinic: Clinic, admin: httpx2.AsyncClient) -> None:
    elsewhere = clinic.world.actors["outsider"].organization_id
    issuer = await clinic.trust("https://id.example.org", organization_id=elsewhere, label="Prairie")
    assert "Prairie" not in (await admin.get("/admin/issuers")).text
    assert (await admin.get(f"/admin/issuers/{issuer.id}")).status_code == 404
    assert (await admin.post(f"/admin/issuers/{issuer.id}", data=TYPED)).status_code == 404
    assert (await admin.post(f"/admin/issuers/{issuer.id}/switch")).status_code == 404
    assert (await admin.get("/admin/issuers/nonsense")).status_code == 404


async def test_changes_ask_for_a_fresh_proof_of_who_it_is(clinic: Clinic, admin: httpx2.AsyncClient) -> None:
    clinic.world.clock.pass_(minutes=11)
    assert (await admin.get("/admin/issuers")).status_code == 200
    assert (await admin.post("/admin/issuers", data=TYPED)).status_code == 303
    assert await rows(clinic.world) == []
