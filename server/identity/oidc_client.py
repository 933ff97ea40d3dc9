"""What is asked of an OpenID provider over HTTP: metadata, keys, tokens. Keeps metadata and keys for a while.

Authlib speaks OAuth (PKCE, authentication of the client, token requests) over the checked outbound transport; joserfc
verifies signatures. Nothing here touches the database.
"""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import httpx2
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, RSAKey
from joserfc.jws import extract_compact

from server.identity.oidc_rules import SignInRefused, Trouble, algorithms, endpoint, metadata_trouble, token_method
from server.kit import N_
from server.outbound import Outbound, OutboundError, Refused, client
from server.web import Deps

# For how long metadata and keys are kept, and how often an unknown key may ask for them anew.
KEPT = timedelta(hours=1)
ANEW = timedelta(minutes=1)
SECONDS = 5.0
SCOPE = "openid email profile"

INSIDE = N_("This address leads inside the server's own network. Whoever runs Curbside can allow it.")
SILENT = N_("Nobody answers at this address, or not over a connection that can be trusted.")
NO_PROVIDER = N_("This is not the address of an OpenID provider.")


@dataclass(frozen=True, slots=True)
class Client:
    """What an issuer knows us by."""

    issuer: str
    client_id: str
    client_secret: str = ""


@dataclass(slots=True)
class Provider:
    """An issuer's metadata and keys as they were fetched."""

    metadata: Mapping[str, Any]
    fetched_at: datetime
    keys: KeySet = field(default_factory=lambda: KeySet([]))
    keys_at: datetime | None = None


class DiscoveryFailed(Exception):
    """An issuer's metadata cannot be had or do not fit; `words` say what to change."""

    def __init__(self, words: str) -> None:
        """Keep the message id."""
        super().__init__(words)
        self.words = words


async def discover(deps: Deps, issuer: str) -> Mapping[str, Any]:
    """Fetch an issuer's metadata (Discovery 1.0, section 4). Raises DiscoveryFailed."""
    address = f"{issuer.removesuffix('/')}/.well-known/openid-configuration"
    try:
        metadata = await _get_json(deps, address)
    except Refused as error:
        raise DiscoveryFailed(INSIDE) from error
    except (OutboundError, httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise DiscoveryFailed(SILENT) from error
    except ValueError as error:
        raise DiscoveryFailed(NO_PROVIDER) from error
    if words := metadata_trouble(metadata, issuer):
        raise DiscoveryFailed(words)
    return metadata


async def provider_of(deps: Deps, issuer: str) -> Provider:
    """Give an issuer's metadata, kept for an hour. Raises SignInRefused when they cannot be had."""
    known: dict[str, Provider] = deps.memory.setdefault("openid providers", {})
    found = known.get(issuer)
    if found is None or deps.now() >= found.fetched_at + KEPT:
        try:
            found = Provider(await discover(deps, issuer), deps.now())
        except DiscoveryFailed as error:
            raise SignInRefused(Trouble.UNREACHABLE, "no metadata") from error
        known[issuer] = found
    return found


async def opened_token(deps: Deps, provider: Provider, issuer: str, token: str) -> jwt.Token:
    """Verify a token's signature with the issuer's keys, fetched anew when its key is unknown. Raises SignInRefused."""
    kept = KEPT if _has_key(provider, token) else ANEW
    if provider.keys_at is None or deps.now() >= provider.keys_at + kept:
        await _fetch_keys(deps, provider, issuer)
    try:
        return jwt.decode(token, provider.keys, algorithms=algorithms(provider.metadata))
    except (JoseError, ValueError, TypeError) as error:
        raise SignInRefused(Trouble.BROKEN, "signature") from error


def _has_key(provider: Provider, token: str) -> bool:
    try:
        kid = extract_compact(token.encode()).headers().get("kid")
    except (JoseError, ValueError):
        return True  # no token at all: no key would open it
    return kid is None or any(key.kid == kid for key in provider.keys)


async def _fetch_keys(deps: Deps, provider: Provider, issuer: str) -> None:
    provider.keys_at = deps.now()
    try:
        answer = await _get_json(deps, endpoint(provider.metadata, "jwks_uri", issuer))
    except (OutboundError, httpx2.HTTPError, ValueError) as error:
        if provider.keys:
            return  # what was known is still good; the next unknown key asks again
        provider.keys_at = None
        raise SignInRefused(Trouble.UNREACHABLE, "no keys") from error
    listed = answer.get("keys")
    provider.keys = KeySet([key for key in map(_key, listed if isinstance(listed, list) else []) if key is not None])


def _key(data: Any) -> RSAKey | ECKey | None:
    """Read a public key for signatures; others are passed over (RFC 7517, section 5)."""
    if not isinstance(data, dict) or data.get("kty") not in {"RSA", "EC"} or data.get("use", "sig") != "sig":
        return None
    try:
        return RSAKey.import_key(data) if data["kty"] == "RSA" else ECKey.import_key(data)
    except (JoseError, ValueError, TypeError, KeyError):
        return None


async def authorization_address(deps: Deps, who: Client, redirect_uri: str, **asked: str) -> str:
    """Build the address at which the person signs in (RFC 7636: `code_verifier` becomes its S256 challenge)."""
    provider = await provider_of(deps, who.issuer)
    async with _oauth(deps, who, provider) as oauth:
        address, _ = oauth.create_authorization_url(
            endpoint(provider.metadata, "authorization_endpoint", who.issuer), redirect_uri=redirect_uri, **asked
        )
    return str(address)


async def fetch_token(deps: Deps, who: Client, **grant: str) -> Mapping[str, Any]:
    """Redeem a code, or with `refresh_token` a refresh token. Raises SignInRefused; `detail` says "invalid_grant"."""
    provider = await provider_of(deps, who.issuer)
    address = endpoint(provider.metadata, "token_endpoint", who.issuer)
    try:
        async with _oauth(deps, who, provider) as oauth:
            if "refresh_token" in grant:
                oauth.token = {}
                oauth.scope = None
                return dict(await oauth.refresh_token(address, **grant))
            return dict(await oauth.fetch_token(address, **grant))
    except OAuthError as error:
        known = error.error if error.error in {"invalid_grant", "invalid_client"} else "refused"
        raise SignInRefused(Trouble.BROKEN, f"token: {known}") from error
    except (OutboundError, httpx2.HTTPError) as error:
        raise SignInRefused(Trouble.UNREACHABLE, "no token") from error
    except (ValueError, TypeError, AttributeError) as error:
        raise SignInRefused(Trouble.BROKEN, "token: form") from error


async def further_claims(deps: Deps, issuer: str, access_token: str, subject: str) -> Mapping[str, Any]:
    """Fetch claims that the id_token leaves out (Core 1.0, section 5.3); nothing when they are another person's."""
    provider = await provider_of(deps, issuer)
    address = endpoint(provider.metadata, "userinfo_endpoint", issuer)
    if not address or not access_token:
        return {}
    try:
        claims = await _get_json(deps, address, {"Authorization": f"Bearer {access_token}"})
    except (OutboundError, httpx2.HTTPError, ValueError):
        return {}
    return claims if claims.get("sub") == subject else {}


def outbound(deps: Deps) -> Outbound:
    """Open the transport to providers."""
    return Outbound(deps.settings.outbound_allow, seconds=SECONDS)


async def _get_json(deps: Deps, address: str, headers: Mapping[str, str] | None = None) -> Mapping[str, Any]:
    async with client(outbound(deps)) as http:
        answer = await http.get(address, headers={"Accept": "application/json", **(headers or {})})
    if answer.status_code != 200:
        raise ValueError("not found")
    try:
        value = json.loads(answer.content)
    except RecursionError as error:
        raise ValueError("too deep") from error
    if not isinstance(value, dict):
        raise ValueError("no object")
    return value


@asynccontextmanager
async def _oauth(deps: Deps, who: Client, provider: Provider) -> AsyncIterator[AsyncOAuth2Client]:
    opened = AsyncOAuth2Client(
        who.client_id,
        who.client_secret or None,
        token_endpoint_auth_method=token_method(provider.metadata) if who.client_secret else "none",
        code_challenge_method="S256",
        scope=SCOPE,
        transport=outbound(deps),
        trust_env=False,
    )
    async with opened:
        yield opened
