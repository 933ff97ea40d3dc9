"""The demo's mailbox: shows a message that would have been sent. Answers 404 outside of the demo."""

import asyncio
from email import message_from_bytes, policy

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from server.access import Action
from server.kit import NotFound
from server.kit.ids import parse_id
from server.outbox.store import read_message
from server.outbox.transport import mail_file
from server.web import actor, deps, page, render, staff


async def show_mail(request: Request) -> Response:
    """Show one message of the demo as its reader would see it."""
    wanted = parse_id(request.path_params["message_id"])
    async with deps(request).database.read() as session:
        row = await read_message(session, actor(request), wanted)
    path = mail_file(deps(request).settings, str(row.id))
    if not deps(request).settings.is_demo or not await asyncio.to_thread(path.exists):
        raise NotFound
    message = message_from_bytes(await asyncio.to_thread(path.read_bytes), policy=policy.default)
    body = message.get_body()
    return render(request, "outbox/mail.html", message=message, text=body.get_content() if body else "")


routes: list[BaseRoute] = [page("/mail/{message_id}", show_mail, staff(Action.READ_DIRECTORY))]
