"""As what a browser is notified: a cookie that names its subscription, so that the next session in it ends it too."""

from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from server.kit.ids import parse_id
from server.web import deps, read_cookie, set_cookie

COOKIE = "curbside_told"
LIFETIME_DAYS = 400  # browsers keep none for longer (RFC 6265bis, section 5.5)


def remember_told(request: Request, response: Response, subscription_id: UUID) -> None:
    """Let the browser keep as what it is notified."""
    set_cookie(response, deps(request).settings, COOKIE, str(subscription_id), max_age=LIFETIME_DAYS * 86400)


def told_browser(request: Request) -> UUID | None:
    """Give as what this browser is notified, as far as it knows."""
    return parse_id(read_cookie(request, deps(request).settings, COOKIE))
