"""Pages of no feature: the language switch and the two health checks."""

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute

from server.web.deps import deps
from server.web.language import COOKIE, LANGUAGES
from server.web.routing import PUBLIC, is_local, page
from server.web.templating import see_other


async def healthz(_: Request) -> Response:
    """Say that the process answers."""
    return PlainTextResponse("ok\n")


async def readyz(request: Request) -> Response:
    """Say whether the database answers too, and whatever else the application looks at (`app.state.ready`)."""
    try:
        await deps(request).database.ready()
    except Exception:  # noqa: BLE001 - whatever the driver raises, the answer is the same
        return PlainTextResponse("database does not answer\n", 503)
    if trouble := request.app.state.ready():
        return PlainTextResponse(f"{trouble}\n", 503)
    return PlainTextResponse("ok\n")


async def switch_language(request: Request) -> Response:
    """Remember the chosen language in this browser for a year and go back to the page."""
    form = await request.form()
    language, back = str(form.get("language", "")), str(form.get("back", "/"))
    response = see_other(back if is_local(back) else "/")
    if language in LANGUAGES:
        response.set_cookie(
            COOKIE, language, max_age=31536000, samesite="lax", httponly=True, secure=deps(request).settings.is_secure
        )
    return response


routes: list[BaseRoute] = [
    page("/healthz", healthz, PUBLIC),
    page("/readyz", readyz, PUBLIC),
    page("/language", switch_language, PUBLIC, "POST"),
]
