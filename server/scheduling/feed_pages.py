"""One's calendar elsewhere: the secret address at which it can be read, and other calendars that count as busy time."""

import hashlib
from collections.abc import Mapping
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from server.access import Action
from server.directory import Practitioner, practitioner_of_account
from server.kit import N_, Conflict, Form, Invalid, NotFound
from server.kit.feed import FeedRefused, FeedTrouble
from server.kit.ids import parse_id
from server.scheduling.feed_actions import add_feed, address_of_feed, drop_feed
from server.scheduling.feed_rules import host_of
from server.scheduling.feed_store import address_of, feeds_of
from server.scheduling.feed_words import FEED_TROUBLES
from server.scheduling.publish_actions import close_address, note_published, open_address, published
from server.scheduling.publish_rules import Detail
from server.web import PUBLIC, actor, client_address, deps, page, render, see_other, staff

CALENDARS = "/calendars"
DETAILS: Mapping[Detail, tuple[str, str]] = {
    Detail.BUSY: (N_("Busy times only"), N_("Each appointment says “Busy” and when.")),
    Detail.FULL: (N_("Visits with their clinic"), N_("Each appointment says “Visit”, when, and at which clinic.")),
}
OFTEN = "60/minute"


async def show_calendars(request: Request) -> Response:
    """Show the address, if there is one, and how the other calendars are doing."""
    return await _shown(request, await _own(request))


async def post_address(request: Request) -> Response:
    """Make an address, and show it this once."""
    who = await _own(request)
    form = Form(dict(await request.form()))
    detail = form.choice("detail", list(Detail), N_("Choose how much it says."))
    if who is None or form.errors:
        return await _shown(request, who, form.values, form.errors)
    made = await open_address(deps(request), actor(request), who, Detail(detail))
    return await _shown(request, who, made=made)


async def post_no_address(request: Request) -> Response:
    """Take the address back."""
    who = await _own(request)
    if who is not None:
        await close_address(deps(request), actor(request), who)
    return see_other(CALENDARS)


async def post_feed(request: Request) -> Response:
    """Have another calendar read, or say what is wrong with its address."""
    who = await _own(request)
    form = Form(dict(await request.form()))
    pasted = form.text("address", FEED_TROUBLES[FeedTrouble.ADDRESS], 2000)
    try:
        form.check()
        if who is not None:
            await add_feed(deps(request), actor(request), who, pasted)
    except Invalid as error:
        return await _shown(request, who, error.values, error.errors)
    except FeedRefused as refused:
        return await _shown(request, who, form.values, {"address": FEED_TROUBLES[refused.trouble]})
    except Conflict as error:
        return await _shown(request, who, form.values, {"address": error.message})
    return see_other(CALENDARS)


async def post_no_feed(request: Request) -> Response:
    """Read a calendar no more."""
    who = await _own(request)
    wanted: UUID | None = parse_id(str((await request.form()).get("feed", "")))
    if who is not None:
        await drop_feed(deps(request), actor(request), who, wanted)
    return see_other(CALENDARS)


async def show_published(request: Request) -> Response:
    """Answer a calendar program with the calendar behind a secret address, or that nothing changed."""
    tools = deps(request)
    await tools.limits.spend("calendar address", OFTEN, client_address(request))
    found = await published(tools, request.path_params["token"])
    if found is None:
        raise NotFound
    tag = f'"{hashlib.sha256(found.content).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    asked = [one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")]
    if tag in asked:
        return Response(status_code=304, headers=headers)
    await note_published(tools, found)
    return Response(found.content, headers=headers, media_type="text/calendar; charset=utf-8")


async def _own(request: Request) -> Practitioner | None:
    async with deps(request).database.read() as session:
        return await practitioner_of_account(session, actor(request))


async def _shown(
    request: Request,
    who: Practitioner | None,
    values: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
    made: str = "",
) -> Response:
    tools = deps(request)
    async with tools.database.read() as session:
        address = await address_of(session, actor(request), who.id) if who else None
        feeds = await feeds_of(session, actor(request), who.id) if who else ()
    context = {
        "who": who,
        "address": address,
        "made": made,
        "feeds": [(row, host_of(address_of_feed(tools, row))) for row in feeds],
        "troubles": {trouble.value: words for trouble, words in FEED_TROUBLES.items()},
        "details": DETAILS,
        "values": {"detail": Detail.BUSY.value, **(values or {})},
        "errors": errors or {},
        "now": tools.now(),
    }
    return render(request, "scheduling/calendars.html", 422 if errors else 200, **context)


_KEEP = staff(Action.KEEP_HOURS)

routes: list[BaseRoute] = [
    page(CALENDARS, show_calendars, _KEEP),
    page(f"{CALENDARS}/address", post_address, _KEEP, "POST"),
    page(f"{CALENDARS}/address/end", post_no_address, _KEEP, "POST"),
    page(f"{CALENDARS}/add", post_feed, _KEEP, "POST"),
    page(f"{CALENDARS}/drop", post_no_feed, _KEEP, "POST"),
    page("/feeds/{token}.ics", show_published, PUBLIC),
]
