"""Sessions from a provider: asked about again in time, ended by it, and signed out there too."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from sqlmodel import select

from server.audit import AuditEvent
from server.identity import PageSession
from server.identity.middleware import actor_of
from server.identity.oidc_rules import SignInRefused
from server.identity.oidc_session_actions import (
    LEASE,
    Asked,
    _keep,
    _lease,
    has_left,
    logout_address,
    refresh_due_sessions,
    take_logout_token,
)
from server.identity.store import session_by_hash
from server.identity.tables import Issuer
from server.kit import NotFound, digest, field_name
from tests.cast import ORIGIN
from tests.identity_provider.fixtures import Clinic
from tests.identity_provider.hostile import Hostile, hostile_provider

pytestmark = pytest.mark.anyio


@pytest.fixture
async def issuer(clinics: Clinic, liar: Hostile) -> Issuer:
    """The provider, trusted, giving refresh tokens."""
    liar.tokens = {"refresh_token": "first"}
    return await clinics.trust(liar.url)


@pytest.fixture
def revoked(clinics: Clinic) -> list[str]:
    """Keys of the sessions whose live connections were closed."""
    closed: list[str] = []

    async def revoke(key: str) -> None:
        closed.append(key)

    clinics.world.deps = clinics.world.app.state.deps = replace(clinics.world.deps, revoke=revoke)
    return closed


async def one(clinic: Clinic) -> PageSession:
    (row,) = await clinic.sessions()
    return row


async def kept(clinic: Clinic) -> str:
    row = await one(clinic)
    assert row.refresh_token is not None
    return clinic.world.deps.keyring.open(row.refresh_token, field_name("page_session", row.id, "refresh_token"))


async def due(clinics: Clinic, liar: Hostile, issuer: Issuer) -> None:
    """Sign in and let time pass until the issuer is to be asked again."""
    await clinics.sign_in(liar, issuer)
    liar.grants.clear()
    clinics.world.clock.pass_(minutes=5)


async def test_a_session_is_asked_about_when_its_access_token_ends_and_the_new_token_is_kept(
    clinics: Clinic, liar: Hostile, issuer: Issuer
) -> None:
    await clinics.sign_in(liar, issuer)
    assert await refresh_due_sessions(clinics.world.deps) is False
    clinics.world.clock.pass_(minutes=5)
    liar.tokens = {"refresh_token": "second"}
    assert await refresh_due_sessions(clinics.world.deps) is True
    assert liar.grants[-1]["refresh_token"] == "first"
    assert await kept(clinics) == "second"
    assert (await one(clinics)).refresh_at == clinics.world.clock() + timedelta(seconds=240)
    assert await refresh_due_sessions(clinics.world.deps) is False


async def test_an_issuer_that_does_not_rotate_keeps_its_token(clinics: Clinic, liar: Hostile, issuer: Issuer) -> None:
    await due(clinics, liar, issuer)
    liar.tokens = {"id_token": None}
    await refresh_due_sessions(clinics.world.deps)
    assert await kept(clinics) == "first"


async def test_a_refusal_ends_the_session_and_closes_its_connections(
    clinics: Clinic, liar: Hostile, issuer: Issuer, revoked: list[str]
) -> None:
    await due(clinics, liar, issuer)
    liar.refuse = "invalid_grant"
    await refresh_due_sessions(clinics.world.deps)
    row = await one(clinics)
    assert row.ended_at == clinics.world.clock()
    assert revoked == [str(row.id)]
    async with clinics.world.deps.database.read() as session:
        events = (await session.exec(select(AuditEvent).where(AuditEvent.action == "sign_out"))).all()
    assert [(event.account_id, event.why) for event in events] == [(row.account_id, "issuer")]


async def test_a_token_of_another_person_ends_the_session(clinics: Clinic, liar: Hostile, issuer: Issuer) -> None:
    await due(clinics, liar, issuer)
    liar.claims, liar.without = {"sub": "ada"}, ("nonce",)
    await refresh_due_sessions(clinics.world.deps)
    assert (await one(clinics)).ended_at is not None


@pytest.mark.parametrize("trouble", ["temporarily_unavailable", "invalid_client", "silent"])
async def test_an_issuer_in_trouble_keeps_the_session_and_is_asked_later(
    clinics: Clinic, liar: Hostile, issuer: Issuer, trouble: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await due(clinics, liar, issuer)
    monkeypatch.setattr("server.identity.oidc_client.SECONDS", 0.2)
    liar.refuse, liar.silent = trouble, trouble == "silent"
    await refresh_due_sessions(clinics.world.deps)
    row = await one(clinics)
    assert (row.ended_at, row.refresh_at) == (None, clinics.world.clock() + LEASE)
    assert await refresh_due_sessions(clinics.world.deps) is False


async def test_an_issuer_that_was_switched_off_ends_its_sessions(
    clinics: Clinic, liar: Hostile, issuer: Issuer
) -> None:
    await due(clinics, liar, issuer)
    await clinics.set(issuer, disabled_at=clinics.world.clock())
    await refresh_due_sessions(clinics.world.deps)
    assert (await one(clinics)).ended_at is not None


async def test_nobody_is_asked_about_a_session_that_is_idle_or_over(
    clinics: Clinic, liar: Hostile, issuer: Issuer
) -> None:
    await due(clinics, liar, issuer)
    clinics.world.clock.pass_(minutes=31)
    assert await refresh_due_sessions(clinics.world.deps) is False
    assert liar.grants == []


async def test_of_two_processes_one_asks(clinics: Clinic, liar: Hostile, issuer: Issuer) -> None:
    await due(clinics, liar, issuer)
    row = await one(clinics)
    assert await _lease(clinics.world.deps, row) is True
    assert await _lease(clinics.world.deps, row) is False


async def test_a_session_that_ends_while_the_issuer_is_asked_stays_ended(
    clinics: Clinic, liar: Hostile, issuer: Issuer
) -> None:
    await due(clinics, liar, issuer)
    row = await one(clinics)
    async with clinics.world.deps.database.write() as session:
        (await session.get_one(PageSession, row.id)).ended_at = row.created_at
    await _keep(clinics.world.deps, row, Asked("second", clinics.world.clock()))
    assert (await one(clinics)).refresh_at == row.refresh_at


@pytest.mark.parametrize("named", [{}, {"sid": None, "sub": "rose"}, {"sub": "rose"}])
async def test_a_logout_token_ends_the_sessions_that_it_names(
    clinics: Clinic, liar: Hostile, issuer: Issuer, revoked: list[str], named: dict[str, Any]
) -> None:
    await clinics.sign_in(liar, issuer)
    await take_logout_token(clinics.world.deps, issuer.id, liar.logout_token(**named))
    row = await one(clinics)
    assert row.ended_at is not None
    assert revoked == [str(row.id)]


async def test_a_logout_token_of_one_session_leaves_the_others(clinics: Clinic, liar: Hostile, issuer: Issuer) -> None:
    await clinics.sign_in(liar, issuer)
    liar.claims = {"sid": "session-2"}
    await clinics.sign_in(liar, issuer)
    await clinics.world.signed_in("pcp")
    await take_logout_token(clinics.world.deps, issuer.id, liar.logout_token())
    assert [row.ended_at is not None for row in await clinics.sessions()] == [True, False, False]


LIES: list[dict[str, Any]] = [
    {"iss": "https://elsewhere.example.org"},
    {"aud": "another"},
    {"aud": ["another"]},
    {"iat": 1},
    {"iat": 9_999_999_999},
    {"iat": None},
    {"exp": 1},
    {"events": None},
    {"events": {}},
    {"events": {"http://schemas.openid.net/event/backchannel-logout": "x"}},
    {"nonce": "n"},
    {"jti": None},
    {"sid": None},
]


@pytest.mark.parametrize("lie", LIES, ids=str)
async def test_a_logout_token_that_does_not_fit_ends_nothing(
    clinics: Clinic, liar: Hostile, issuer: Issuer, lie: dict[str, Any]
) -> None:
    await clinics.sign_in(liar, issuer)
    with pytest.raises(SignInRefused):
        await take_logout_token(clinics.world.deps, issuer.id, liar.logout_token(**lie))
    assert (await one(clinics)).ended_at is None


async def test_a_logout_token_of_a_foreign_key_ends_nothing(clinics: Clinic, liar: Hostile, issuer: Issuer) -> None:
    await clinics.sign_in(liar, issuer)
    liar.signs_with = "foreign"
    with pytest.raises(SignInRefused):
        await take_logout_token(clinics.world.deps, issuer.id, liar.logout_token())


async def test_a_logout_token_counts_once(clinics: Clinic, liar: Hostile, issuer: Issuer) -> None:
    token = liar.logout_token()
    await take_logout_token(clinics.world.deps, issuer.id, token)
    await clinics.sign_in(liar, issuer)
    with pytest.raises(SignInRefused):
        await take_logout_token(clinics.world.deps, issuer.id, token)
    assert (await one(clinics)).ended_at is None


async def test_one_issuer_cannot_end_the_sessions_of_another(clinics: Clinic, liar: Hostile, issuer: Issuer) -> None:
    await clinics.sign_in(liar, issuer)
    async with hostile_provider(clinics.world.clock) as evil:
        evil.signs_with, evil.published = "evil", ("evil",)
        other = await clinics.trust(evil.url, domains=())
        await take_logout_token(clinics.world.deps, other.id, evil.logout_token())
        with pytest.raises(SignInRefused):
            await take_logout_token(clinics.world.deps, issuer.id, evil.logout_token(iss=liar.url))
    assert (await one(clinics)).ended_at is None


async def farewell(clinics: Clinic, cookie: str) -> str:
    async with clinics.world.deps.database.read() as session:
        found = await session_by_hash(session, digest(cookie), clinics.world.clock())
    assert found is not None
    return await logout_address(clinics.world.deps, actor_of(found, ""))


async def test_signing_out_leads_to_the_issuer_with_the_id_token_and_back_once(
    clinics: Clinic, liar: Hostile, issuer: Issuer
) -> None:
    browser = clinics.world.browser()
    await clinics.sign_in(liar, issuer, browser)
    address = await farewell(clinics, browser.cookies["curbside"])
    said = dict(parse_qsl(urlsplit(address).query))
    assert address.startswith(f"{liar.url}/logout?")
    assert said["post_logout_redirect_uri"] == f"{ORIGIN}/login/oidc/{issuer.id}/left"
    assert said["client_id"] == "curbside"
    assert said["id_token_hint"].count(".") == 2
    assert await has_left(clinics.world.deps, issuer.id, said["state"])
    assert not await has_left(clinics.world.deps, issuer.id, said["state"])


async def test_signing_out_stays_here_when_the_issuer_offers_nothing_or_is_gone(
    clinics: Clinic, liar: Hostile, issuer: Issuer
) -> None:
    browser = clinics.world.browser()
    await clinics.sign_in(liar, issuer, browser)
    cookie = browser.cookies["curbside"]
    clinics.world.deps.memory.clear()
    liar.metadata = {"end_session_endpoint": None}
    assert await farewell(clinics, cookie) == ""
    clinics.world.deps.memory.clear()
    liar.metadata = {"issuer": "https://elsewhere.example.org"}
    assert await farewell(clinics, cookie) == ""
    await clinics.set(issuer, disabled_at=clinics.world.clock())
    assert await farewell(clinics, cookie) == ""


async def test_signing_out_of_a_session_of_our_own_leads_nowhere(clinics: Clinic) -> None:
    browser = await clinics.world.signed_in("pcp")
    assert await farewell(clinics, browser.cookies["curbside"]) == ""


async def test_a_logout_token_for_no_issuer_is_not_found(clinics: Clinic) -> None:
    with pytest.raises(NotFound):
        await take_logout_token(clinics.world.deps, None, "x")
