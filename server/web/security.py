"""What every answer carries and what every unsafe request must prove.

`SecurityHeaders` sets a content policy without inline scripts and without nonces. `SameOrigin` refuses unsafe
requests from elsewhere: the Origin must be one of ours; where the browser sends none, Sec-Fetch-Site must say so.
"""

import re
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.settings import Settings

POLICY = "Content-Security-Policy"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_OURS = ("camera", "microphone", "display-capture", "fullscreen", "picture-in-picture", "screen-wake-lock", "autoplay")
_REFUSED = "This came from another site, so nothing was done. Open Curbside at {} and try again.\n"
_NOBODYS = ("geolocation", "payment", "usb", "serial", "hid", "midi", "browsing-topics")


def content_policy(settings: Settings) -> str:
    """Build the Content-Security-Policy."""
    parts = urlsplit(settings.public_url)
    # the socket's address is named because older Safari does not count it as 'self'
    sockets = f" {'wss' if settings.is_secure else 'ws'}://{parts.netloc}" if parts.netloc else ""
    rules = {
        "default-src": "'none'",
        "script-src": "'self'",
        "worker-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data: blob:",
        "media-src": "'self' blob: mediastream:",
        "connect-src": f"'self'{sockets}",
        "manifest-src": "'self'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
        "base-uri": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def security_headers(settings: Settings) -> dict[str, str]:
    """Build the headers of every answer."""
    features = [f"{name}=(self)" for name in _OURS] + [f"{name}=()" for name in _NOBODYS]
    headers = {
        POLICY: content_policy(settings),
        "Permissions-Policy": ", ".join(features),
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        # not "no-referrer": with it browsers send "Origin: null" on our own forms
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    if settings.is_secure:
        # subdomains too: Curbside has a host name of its own, and none below it is anybody else's
        headers["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains"
    return headers


class SecurityHeaders:
    """ASGI middleware that adds the headers; pages are never stored by caches unless they say otherwise."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        """Wrap an application."""
        self.app, self._headers = app, security_headers(settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request with the headers added."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def add(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                own = headers.get(POLICY)  # of a file that somebody sent: stricter than that of our pages
                headers.update(self._headers)
                if own is not None:
                    headers[POLICY] = own
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self.app(scope, receive, add)


def from_same_origin(headers: Mapping[str, str], origins: frozenset[str]) -> bool:
    """Tell whether a request comes from our own pages. `origins` are the allowed ones; header names in lower case."""
    origin = headers.get("origin", "null")
    if origin != "null":
        return origin in origins
    return headers.get("sec-fetch-site", "") in {"same-origin", "none"}


class HeadLimit:
    """ASGI middleware that refuses a request whose address (414) or headers (431) no page of ours needs."""

    LONGEST_ADDRESS = 8 * 1024
    LARGEST_HEADERS = 32 * 1024
    MOST_HEADERS = 100

    def __init__(self, app: ASGIApp) -> None:
        """Wrap an application."""
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the request, or refuse it."""
        status = self._refusal(scope) if scope["type"] == "http" else None
        if status is not None:
            await PlainTextResponse("Too long.\n", status)(scope, receive, send)
            return
        await self.app(scope, receive, send)

    def _refusal(self, scope: Scope) -> int | None:
        if len(scope.get("raw_path") or b"") + len(scope["query_string"]) > self.LONGEST_ADDRESS:
            return 414
        headers = scope["headers"]
        size = sum(len(name) + len(value) for name, value in headers)
        return 431 if len(headers) > self.MOST_HEADERS or size > self.LARGEST_HEADERS else None


class BodyLimit:
    """ASGI middleware that stops reading a posted body that is larger than any form of ours (413).

    `larger` are the paths of forms that may bring large files, each with how many bytes more they may have.
    """

    LARGEST = 256 * 1024

    def __init__(self, app: ASGIApp, larger: Sequence[tuple[re.Pattern[str], int]] = ()) -> None:
        """Wrap an application."""
        self.app, self._larger = app, larger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; the application meets the limit where it reads."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        taken, largest = 0, self._largest(scope["path"])

        async def count() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > largest:
                raise HTTPException(413)
            return message

        await self.app(scope, count, send)

    def _largest(self, path: str) -> int:
        return self.LARGEST + max((more for pattern, more in self._larger if pattern.match(path)), default=0)


class SameOrigin:
    """ASGI middleware that refuses unsafe requests from other origins (CSRF).

    `open_to` matches the paths of routes that other servers call, which send no Origin and prove themselves otherwise.
    """

    def __init__(self, app: ASGIApp, settings: Settings, open_to: Sequence[re.Pattern[str]] = ()) -> None:
        """Wrap an application."""
        self.app, self._settings, self._open_to = app, settings, open_to

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the request, or refuse it in words that help whoever set the server up."""
        unsafe = scope["type"] == "http" and scope["method"] not in _SAFE
        unsafe = unsafe and not any(path.match(scope["path"]) for path in self._open_to)
        if unsafe and not from_same_origin(Headers(scope=scope), self._settings.origins):
            await PlainTextResponse(_REFUSED.format(self._settings.public_url), 403)(scope, receive, send)
            return
        await self.app(scope, receive, send)
