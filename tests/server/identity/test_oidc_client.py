"""What is asked of a provider over HTTP: for how long it is kept, when it is asked anew, and what goes wrong."""

import pytest

from server.identity.oidc_client import (
    INSIDE,
    NO_PROVIDER,
    SILENT,
    Client,
    DiscoveryFailed,
    discover,
    fetch_token,
    further_claims,
    opened_token,
    provider_of,
)
from server.identity.oidc_rules import SignInRefused, Trouble
from tests.cast import World
from tests.identity_provider.fixtures import Clinic
from tests.identity_provider.hostile import Hostile

pytestmark = pytest.mark.anyio

WELL_KNOWN = "/.well-known/openid-configuration"


async def words(clinic: Clinic, issuer: str) -> str:
    with pytest.raises(DiscoveryFailed) as failed:
        await discover(clinic.world.deps, issuer)
    return failed.value.words


async def test_metadata_are_kept_for_an_hour(clinic: Clinic, liar: Hostile) -> None:
    for _ in range(3):
        await provider_of(clinic.world.deps, liar.url)
    assert liar.heard == [WELL_KNOWN]
    clinic.world.clock.pass_(hours=1)
    await provider_of(clinic.world.deps, liar.url)
    assert liar.heard == [WELL_KNOWN, WELL_KNOWN]


async def test_an_issuers_address_may_end_with_a_slash(clinic: Clinic, liar: Hostile) -> None:
    liar.metadata = {"issuer": f"{liar.url}/"}
    assert (await discover(clinic.world.deps, f"{liar.url}/"))["issuer"] == f"{liar.url}/"


async def test_what_is_wrong_is_said_in_words(clinic: Clinic, liar: Hostile, monkeypatch: pytest.MonkeyPatch) -> None:
    assert await words(clinic, "http://169.254.169.254") == INSIDE
    assert await words(clinic, "https://10.0.0.1:1") == INSIDE
    assert await words(clinic, "https://nobody.invalid") == SILENT
    assert await words(clinic, f"{liar.url}/elsewhere") == NO_PROVIDER
    liar.metadata = {"issuer": "https://elsewhere.example.org"}
    assert "another address" in await words(clinic, liar.url)
    liar.silent = True
    monkeypatch.setattr("server.identity.oidc_client.SECONDS", 0.2)
    assert await words(clinic, liar.url) == SILENT


async def test_without_the_operators_word_nothing_inside_is_called(site: World) -> None:
    with pytest.raises(DiscoveryFailed) as failed:
        await discover(site.deps, "http://127.0.0.1:9")
    assert failed.value.words == INSIDE


async def test_keys_are_fetched_anew_for_an_unknown_one_once_a_minute(clinic: Clinic, liar: Hostile) -> None:
    deps = clinic.world.deps
    provider = await provider_of(deps, liar.url)
    await opened_token(deps, provider, liar.url, liar.signed({"sub": "s"}))
    liar.signs_with, liar.published = "rotated", ("rotated", "good")
    with pytest.raises(SignInRefused):
        await opened_token(deps, provider, liar.url, liar.signed({"sub": "s"}))
    assert liar.heard.count("/jwks") == 1
    clinic.world.clock.pass_(minutes=1)
    opened = await opened_token(deps, provider, liar.url, liar.signed({"sub": "s"}))
    assert opened.claims == {"sub": "s"}
    assert liar.heard.count("/jwks") == 2


async def test_known_keys_serve_on_while_the_provider_is_silent(
    clinic: Clinic, liar: Hostile, monkeypatch: pytest.MonkeyPatch
) -> None:
    deps = clinic.world.deps
    provider = await provider_of(deps, liar.url)
    token = liar.signed({"sub": "s"})
    await opened_token(deps, provider, liar.url, token)
    clinic.world.clock.pass_(hours=2)
    liar.silent = True
    monkeypatch.setattr("server.identity.oidc_client.SECONDS", 0.2)
    assert (await opened_token(deps, provider, liar.url, token)).claims == {"sub": "s"}


async def test_without_any_keys_nothing_is_opened(clinic: Clinic, liar: Hostile) -> None:
    provider = await provider_of(clinic.world.deps, liar.url)
    provider.metadata = {**provider.metadata, "jwks_uri": f"{liar.url}/nowhere"}
    with pytest.raises(SignInRefused) as refused:
        await opened_token(clinic.world.deps, provider, liar.url, liar.signed({"sub": "s"}))
    assert refused.value.trouble is Trouble.UNREACHABLE


async def test_a_code_is_redeemed_with_the_secret_in_the_header(clinic: Clinic, liar: Hostile) -> None:
    liar.refuse = "invalid_grant"
    with pytest.raises(SignInRefused):
        await fetch_token(clinic.world.deps, Client(liar.url, "us", "secret"), code="c", code_verifier="v")
    assert liar.grants == [{"grant_type": "authorization_code", "code": "c", "code_verifier": "v"}]


async def test_a_public_client_names_itself(clinic: Clinic, liar: Hostile) -> None:
    liar.refuse = "invalid_grant"
    with pytest.raises(SignInRefused):
        await fetch_token(clinic.world.deps, Client(liar.url, "us"), code="c")
    assert liar.grants[0]["client_id"] == "us"


async def test_a_provider_that_is_silent_about_tokens_is_unreachable(
    clinic: Clinic, liar: Hostile, monkeypatch: pytest.MonkeyPatch
) -> None:
    await provider_of(clinic.world.deps, liar.url)
    liar.silent = True
    monkeypatch.setattr("server.identity.oidc_client.SECONDS", 0.2)
    with pytest.raises(SignInRefused) as refused:
        await fetch_token(clinic.world.deps, Client(liar.url, "us"), code="c")
    assert refused.value.trouble is Trouble.UNREACHABLE


async def test_userinfo_is_left_out_where_there_is_none(clinic: Clinic, liar: Hostile) -> None:
    liar.userinfo = {"sub": "s", "email": "a@b.test"}
    assert await further_claims(clinic.world.deps, liar.url, "token", "s") == liar.userinfo
    assert await further_claims(clinic.world.deps, liar.url, "", "s") == {}
    liar.metadata = {"userinfo_endpoint": f"{liar.url}/nowhere"}
    clinic.world.deps.memory.clear()
    assert await further_claims(clinic.world.deps, liar.url, "token", "s") == {}
