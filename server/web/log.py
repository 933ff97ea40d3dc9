"""Logging: one line per request with the route's pattern instead of its path, because paths may hold links and ids."""

import logging
import sys
import time
from collections.abc import Callable
from io import TextIOBase
from typing import TextIO, cast

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

Observe = Callable[[str, str, int, float], None]
"""Takes method, route, status and seconds of a request."""

_log = structlog.get_logger("curbside.request")


def set_up_logging(level: str) -> None:
    """Log as JSON lines to standard error from `level` up."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(cast(TextIO, _StandardError())),
        cache_logger_on_first_use=True,
    )


class _StandardError(TextIOBase):
    """Whatever standard error is when a line is written: a logger lives longer than a redirection of it."""

    def write(self, text: str) -> int:
        return sys.stderr.write(text)

    def flush(self) -> None:
        sys.stderr.flush()


class RequestLog:
    """ASGI middleware that logs method, route, status and milliseconds. Never a path, a query or a name.

    `observe` is told the same, in seconds.
    """

    def __init__(self, app: ASGIApp, observe: Observe | None = None) -> None:
        """Wrap an application."""
        self.app, self._observe = app, observe

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request and log it."""
        if scope["type"] != "http" or scope["path"].startswith("/static/"):
            await self.app(scope, receive, send)
            return
        started, status = time.perf_counter(), 500

        async def watch(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, watch)
        finally:
            spent = (time.perf_counter() - started) * 1000
            _log.info("request", method=scope["method"], route=_pattern(scope), status=status, ms=round(spent, 1))
            if self._observe is not None:
                self._observe(scope["method"], _pattern(scope), status, spent / 1000)


def _pattern(scope: Scope) -> str:
    route = scope.get("route")
    return str(getattr(route, "path", "unknown"))
