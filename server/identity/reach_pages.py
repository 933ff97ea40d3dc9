"""A person's page for how they are reached while no page is open, and the script that shows what browsers are sent."""

import hashlib
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from server.access import Action
from server.identity.reach_actions import (
    Browser,
    add_browser,
    add_channel,
    confirm_channel,
    remove_browser,
    remove_channel,
    renew_code,
    send_test,
    use_channel,
)
from server.identity.session_rules import device_of
from server.identity.told_browser import remember_told
from server.kit import N_, Form, Invalid
from server.kit.ids import parse_id
from server.outbox import (
    BrowserAddress,
    BrowserKeys,
    Kind,
    PushSubscription,
    RingChannel,
    blurred,
    can_send,
    can_text,
    channels_of,
    is_callable,
    opened_address,
    opened_browser,
    opened_secret,
    push_sender,
    subscriptions_of,
)
from server.settings import Settings
from server.web import PUBLIC, Deps, actor, deps, page, render, see_other, staff, use_language

HERE = "/account/notifications"
WORKER = "push/worker.js"
NAMES = {
    Kind.SMS: N_("Text message to a phone"),
    Kind.PAGER: N_("Pager, by e-mail"),
    Kind.WEBHOOK: N_("Webhook"),
}


async def show_worker(request: Request) -> Response:
    """Serve the script that takes messages while no page is open: from the root, since it is to open any page."""
    body = deps(request).templates.assets.content(WORKER)
    return Response(body, media_type="text/javascript", headers={"Cache-Control": "no-cache"})


async def show_notifications(request: Request) -> Response:
    """Show where the person is reached."""
    return await _page(request, {}, {})


async def post_browser(request: Request) -> Response:
    """Take a browser's subscription, which a script sends."""
    form = Form(dict(await request.form()))
    endpoint, p256dh, auth = (form.text(name, longest=1000) for name in ("endpoint", "p256dh", "auth"))
    form.check()
    browser = Browser(
        BrowserAddress(endpoint, BrowserKeys(p256dh, auth)), request.headers.get("user-agent", ""), _in(request)
    )
    added = await add_browser(deps(request), actor(request), browser)
    response = JSONResponse({"id": str(added)})
    remember_told(request, response, added)
    return response


async def drop_browser(request: Request) -> Response:
    """Remove a browser."""
    await remove_browser(deps(request), actor(request), _wanted(request))
    return see_other(HERE)


async def try_browser(request: Request) -> Response:
    """Send a test message."""
    await send_test(deps(request), actor(request), _wanted(request))
    return see_other(f"{HERE}?tested=1")


async def post_channel(request: Request) -> Response:
    """Keep another way to be rung, or say next to the field what is wrong."""
    form = Form(dict(await request.form()))
    try:
        kind = form.choice("kind", _kinds(deps(request).settings), N_("Choose how you are reached."))
        address = _address(form, kind, deps(request).settings)
        form.check()
    except Invalid as error:
        return await _page(request, error.values, error.errors, error.status)
    await add_channel(deps(request), actor(request), Kind(kind), address, _in(request))
    return see_other(f"{HERE}#ways")


def _address(form: Form, kind: str, settings: Settings) -> str:
    """Read the one field as what the kind makes of it."""
    if kind == Kind.SMS:
        return form.phone("address")
    if kind == Kind.PAGER:
        return form.email("address")
    if kind != Kind.WEBHOOK:
        return form.optional("address", 1000)
    address = form.text("address", N_("Type an address that begins with https://."), 1000)
    if address and not is_callable(address, settings.outbound_allow):
        form.wrong("address", N_("Type an address that begins with https://."))
    return address


async def post_code(request: Request) -> Response:
    """Take the code that was sent."""
    code = str((await request.form()).get("code", ""))
    try:
        await confirm_channel(deps(request), actor(request), _wanted(request), code[:40])
    except Invalid as error:
        return await _page(request, {}, {f"code-{_wanted(request)}": error.errors["code"]}, error.status)
    return see_other(f"{HERE}#ways")


async def post_new_code(request: Request) -> Response:
    """Send a new code."""
    await renew_code(deps(request), actor(request), _wanted(request))
    return see_other(f"{HERE}#ways")


async def post_use(request: Request) -> Response:
    """Turn a way to be rung on or off."""
    active = Form(dict(await request.form())).ticked("active")
    await use_channel(deps(request), actor(request), _wanted(request), active=active)
    return see_other(f"{HERE}#ways")


async def drop_channel(request: Request) -> Response:
    """Remove a way to be rung."""
    await remove_channel(deps(request), actor(request), _wanted(request))
    return see_other(f"{HERE}#ways")


async def _page(request: Request, values: dict[str, str], errors: dict[str, str], status: int = 200) -> Response:
    tools, who = deps(request), actor(request)
    async with tools.database.read() as session:
        browsers = await subscriptions_of(session, who.account_id) if who.account_id else []
        channels = await channels_of(session, who.account_id) if who.account_id else []
    context = {
        "browsers": [_browser(tools, row) for row in browsers],
        "channels": [_channel(tools, row) for row in channels],
        "kinds": [(kind.value, NAMES[kind]) for kind in _kinds(tools.settings)],
        "key": push_sender(tools).public_key,
        "tested": bool(request.query_params.get("tested")),
        "values": values,
        "errors": errors,
    }
    return render(request, "identity/notifications.html", status, **context)


def _browser(tools: Deps, row: PushSubscription) -> dict[str, Any]:
    endpoint = opened_browser(tools.keyring, row).endpoint
    return {
        "id": row.id,
        "device": device_of(row.agent),
        "mark": hashlib.sha256(endpoint.encode()).hexdigest(),  # by which the browser knows itself in the list
        "since": tools.now() - row.created_at,
        "seen": tools.now() - row.last_ok_at if row.last_ok_at else None,
        "failing": row.failed > 0,
    }


def _channel(tools: Deps, row: RingChannel) -> dict[str, Any]:
    kind = Kind(row.kind)
    return {
        "id": row.id,
        "kind": kind,
        "name": NAMES[kind],
        "address": blurred(kind, opened_address(tools.keyring, row)),
        "secret": opened_secret(tools.keyring, row),
        "confirmed": row.confirmed_at is not None,
        "active": row.active,
    }


def _kinds(settings: Settings) -> list[Kind]:
    """Give what can be sent here at all."""
    possible = {Kind.SMS: can_text(settings), Kind.PAGER: can_send(settings), Kind.WEBHOOK: True}
    return [kind for kind, can in possible.items() if can]


def _in(request: Request) -> str:
    return use_language(request)


def _wanted(request: Request) -> UUID | None:
    return parse_id(request.path_params["endpoint_id"])


_OWN = staff(Action.USE_OWN_ACCOUNT)

routes: list[BaseRoute] = [
    page("/push-worker.js", show_worker, PUBLIC),
    page(HERE, show_notifications, _OWN),
    page(f"{HERE}/browsers", post_browser, _OWN, "POST"),
    page(f"{HERE}/browsers/{{endpoint_id}}/remove", drop_browser, _OWN, "POST"),
    page(f"{HERE}/browsers/{{endpoint_id}}/test", try_browser, _OWN, "POST"),
    page(f"{HERE}/ways", post_channel, _OWN, "POST"),
    page(f"{HERE}/ways/{{endpoint_id}}/code", post_code, _OWN, "POST"),
    page(f"{HERE}/ways/{{endpoint_id}}/new-code", post_new_code, _OWN, "POST"),
    page(f"{HERE}/ways/{{endpoint_id}}/use", post_use, _OWN, "POST"),
    page(f"{HERE}/ways/{{endpoint_id}}/remove", drop_channel, _OWN, "POST"),
]
