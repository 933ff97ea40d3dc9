"""Cookies: HttpOnly, SameSite=Lax, and `__Host-` with Secure wherever people reach the server over TLS."""

from starlette.requests import HTTPConnection
from starlette.responses import Response

from server.settings import Settings


def cookie_name(settings: Settings, name: str) -> str:
    """Give the full name: `__Host-` binds the cookie to this host, to TLS and to the path /."""
    return f"__Host-{name}" if settings.is_secure else name


def set_cookie(response: Response, settings: Settings, name: str, value: str, max_age: int | None = None) -> None:
    """Set a cookie for this host; without `max_age` (seconds) it ends with the browser."""
    response.set_cookie(
        cookie_name(settings, name),
        value,
        max_age=max_age,
        path="/",
        secure=settings.is_secure,
        httponly=True,
        samesite="lax",
    )


def read_cookie(connection: HTTPConnection, settings: Settings, name: str) -> str:
    """Read a cookie that `set_cookie` has set; empty when there is none."""
    return connection.cookies.get(cookie_name(settings, name), "")


def clear_cookie(response: Response, settings: Settings, name: str) -> None:
    """Take a cookie away."""
    response.delete_cookie(
        cookie_name(settings, name), path="/", secure=settings.is_secure, httponly=True, samesite="lax"
    )
