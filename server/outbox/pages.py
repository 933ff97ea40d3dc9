"""The demo's mailbox and phone: show a message that would have been sent. Answer 404 outside of the demo."""

import asyncio
import json
from email import message_from_bytes, policy
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from server.access import Action
from server.kit import NotFound
from server.kit.ids import parse_id
from server.outbox.gateway import text_file
from server.outbox.rules import Channel
from server.outbox.store import read_message
from server.outbox.transport import mail_file
from server.web import actor, deps, page, render, staff


async def show_mail(request: Request) -> Response:
    """Show one mail of the demo as its reader would see it, and the invitation that it carries."""
    message = message_from_bytes(await _kept(request, Channel.MAIL), policy=policy.default)
    body = message.get_body(("plain",))
    invitation = next((part for part in message.walk() if part.get_content_type() == "text/calendar"), None)
    return render(
        request,
        "outbox/mail.html",
        message=message,
        text=body.get_content() if body else "",
        invitation=invitation.get_content() if invitation else "",
        method=invitation.get_param("method") if invitation else "",
    )


async def show_text(request: Request) -> Response:
    """Show one text message of the demo, as the gateway would have got it."""
    return render(request, "outbox/text.html", message=json.loads(await _kept(request, Channel.TEXT)))


async def _kept(request: Request, channel: Channel) -> bytes:
    wanted, settings = parse_id(request.path_params["message_id"]), deps(request).settings
    async with deps(request).database.read() as session:
        row = await read_message(session, actor(request), wanted)
    path: Path = {Channel.MAIL: mail_file, Channel.TEXT: text_file}[channel](settings, str(row.id))
    if not settings.is_demo or not await asyncio.to_thread(path.exists):
        raise NotFound
    return await asyncio.to_thread(path.read_bytes)


routes: list[BaseRoute] = [
    page("/mail/{message_id}", show_mail, staff(Action.READ_DIRECTORY)),
    page("/texts/{message_id}", show_text, staff(Action.READ_DIRECTORY)),
]
