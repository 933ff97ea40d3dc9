"""Cookies: out of reach for scripts, and over TLS bound to this host."""

from starlette.requests import HTTPConnection
from starlette.responses import Response

from server.settings import Settings
from server.web import clear_cookie, read_cookie, set_cookie

PLAIN, SECURE = Settings(public_url="http://127.0.0.1:8000"), Settings(public_url="https://visits.example.org")


def cookie(settings: Settings, max_age: int | None = None) -> str:
    response = Response()
    set_cookie(response, settings, "curbside", "secret", max_age)
    return response.headers["set-cookie"]


def browser_with(text: str) -> HTTPConnection:
    return HTTPConnection({"type": "http", "headers": [(b"cookie", text.encode())]})


def test_over_tls_a_cookie_is_bound_to_host_path_and_tls() -> None:
    words = cookie(SECURE).split("; ")
    assert words[0] == "__Host-curbside=secret"
    assert {"Path=/", "Secure", "HttpOnly", "SameSite=lax"} <= set(words)
    assert not any(word.startswith("Domain") for word in words)


def test_without_tls_a_cookie_does_without_what_browsers_would_refuse() -> None:
    words = cookie(PLAIN).split("; ")
    assert words[0] == "curbside=secret"
    assert "Secure" not in words
    assert {"Path=/", "HttpOnly", "SameSite=lax"} <= set(words)


def test_a_cookie_ends_with_the_browser_unless_said_otherwise() -> None:
    assert "Max-Age" not in cookie(PLAIN)
    assert "Max-Age=3600" in cookie(PLAIN, 3600)


def test_a_cookie_is_read_back() -> None:
    assert read_cookie(browser_with("__Host-curbside=secret"), SECURE, "curbside") == "secret"
    assert read_cookie(browser_with("curbside=secret"), PLAIN, "curbside") == "secret"


def test_over_tls_a_cookie_without_the_prefix_is_not_ours() -> None:
    assert read_cookie(browser_with("curbside=planted"), SECURE, "curbside") == ""


def test_a_cookie_that_is_not_there_is_empty() -> None:
    assert read_cookie(browser_with(""), PLAIN, "curbside") == ""


def test_a_cookie_is_taken_away_under_the_name_it_was_set() -> None:
    response = Response()
    clear_cookie(response, SECURE, "curbside")
    words = response.headers["set-cookie"].split("; ")
    assert words[0] == '__Host-curbside=""'
    assert {"Max-Age=0", "Path=/", "Secure"} <= set(words)
