"""An OpenID provider made by hand that lies on demand: each test says in which one respect."""

import asyncio
import base64
import hashlib
import json
import secrets
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import uvicorn
from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from server.identity.oidc_rules import LOGOUT_EVENT


@cache
def key(name: str) -> RSAKey:
    """A signing key by name, made once: making one takes a while."""
    return RSAKey.generate_key(2048, {"kid": name, "use": "sig", "alg": "RS256"}, private=True)


@dataclass
class Hostile:
    """What the provider says, to be bent by a test. `heard` are the paths it was asked for."""

    url: str
    now: Callable[[], datetime]
    client_id: str = "curbside"
    metadata: dict[str, Any] = field(default_factory=dict)
    claims: dict[str, Any] = field(default_factory=dict)
    without: tuple[str, ...] = ()
    tokens: dict[str, Any] = field(default_factory=dict)
    userinfo: dict[str, Any] = field(default_factory=dict)
    answer: dict[str, str | None] = field(default_factory=dict)
    refuse: str = ""
    signs_with: str = "good"
    published: tuple[str, ...] = ("good",)
    header: dict[str, Any] = field(default_factory=dict)
    raw_id_token: str | None = None
    silent: bool = False
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    heard: list[str] = field(default_factory=list)
    grants: list[dict[str, str]] = field(default_factory=list)
    released: asyncio.Event = field(default_factory=asyncio.Event)

    def signs_in(self, address: str) -> dict[str, str]:
        """Sign the person in who comes with an authorization request; gives the query of the answer."""
        asked = dict(parse_qsl(urlsplit(address).query))
        code = secrets.token_urlsafe(8)
        self.codes[code] = asked
        said = {"code": code, "state": asked["state"], "iss": self.url, **self.answer}
        return {name: value for name, value in said.items() if value is not None}

    def id_token(self, nonce: str) -> str:
        """Make an id_token as the test wants it."""
        at = int(self.now().timestamp())
        claims = {
            "iss": self.url,
            "sub": "rose",
            "aud": self.client_id,
            "exp": at + 300,
            "iat": at,
            "auth_time": at,
            "nonce": nonce,
            "sid": "session-1",
            "email": "pcp@demo.test",
            "email_verified": True,
            "name": "Rose Okafor",
            **self.claims,
        }
        return self.signed({name: value for name, value in claims.items() if name not in self.without})

    def signed(self, claims: dict[str, Any], typ: str = "JWT") -> str:
        """Sign claims with the key that the test wants."""
        header = {"alg": "RS256", "kid": self.signs_with, "typ": typ, **self.header}
        return jwt.encode(header, claims, key(self.signs_with))

    def logout_token(self, **claims: Any) -> str:
        """Make a logout token."""
        at = int(self.now().timestamp())
        base = {
            "iss": self.url,
            "aud": self.client_id,
            "iat": at,
            "exp": at + 120,
            "jti": secrets.token_urlsafe(8),
            "events": {LOGOUT_EVENT: {}},
            "sid": "session-1",
        }
        said = {name: value for name, value in {**base, **claims}.items() if value is not None}
        return self.signed(said, "logout+jwt")

    async def serve(self, request: Request) -> Response:
        """Answer one request."""
        path = request.url.path
        self.heard.append(path)
        if self.silent:
            await self.released.wait()
        match path:
            case "/.well-known/openid-configuration":
                return JSONResponse(self._metadata())
            case "/jwks":
                return JSONResponse({"keys": [key(name).as_dict(private=False) for name in self.published]})
            case "/userinfo":
                return JSONResponse(self.userinfo)
            case "/token":
                return self._token({name: str(value) for name, value in (await request.form()).items()})
        return Response(status_code=404)

    def _metadata(self) -> dict[str, Any]:
        told = {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/jwks",
            "userinfo_endpoint": f"{self.url}/userinfo",
            "end_session_endpoint": f"{self.url}/logout",
            "code_challenge_methods_supported": ["S256"],
            "id_token_signing_alg_values_supported": ["RS256", "none", "HS256"],
            "authorization_response_iss_parameter_supported": True,
            **self.metadata,
        }
        return {name: value for name, value in told.items() if value is not None}

    def _token(self, posted: dict[str, str]) -> Response:
        self.grants.append(posted)
        if self.refuse:
            return JSONResponse({"error": self.refuse}, 400)
        nonce = ""
        if posted["grant_type"] == "authorization_code":
            asked = self.codes.pop(posted.get("code", ""), None)
            if asked is None or asked["code_challenge"] != _s256(posted["code_verifier"]):
                return JSONResponse({"error": "invalid_grant"}, 400)
            nonce = asked["nonce"]
        token = self.id_token(nonce) if self.raw_id_token is None else self.raw_id_token
        told = {"access_token": "a", "token_type": "Bearer", "expires_in": 300, "id_token": token, **self.tokens}
        return JSONResponse({name: value for name, value in told.items() if value is not None})


def unsigned(claims: dict[str, Any]) -> str:
    """Make a token of `alg: none`."""
    parts = [json.dumps(part).encode() for part in ({"alg": "none", "typ": "JWT"}, claims)]
    return ".".join([base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts]) + "."


def _s256(verifier: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


@asynccontextmanager
async def hostile_provider(now: Callable[[], datetime]) -> AsyncIterator[Hostile]:
    """Serve on a free port of loopback until the end of the block."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        provider = Hostile(f"http://127.0.0.1:{listening.getsockname()[1]}", now)
        app = Starlette(routes=[Route("/{path:path}", provider.serve, methods=["GET", "POST"])])
        server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_config=None, log_level="error"))
        task = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            yield provider
        finally:
            provider.released.set()
            server.should_exit = True
            await task
