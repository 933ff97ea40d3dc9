"""The lobby's ticket: every signed-in page holds one connection on which it hears what changed."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from server.access import Action
from server.calls.hub import live
from server.calls.tickets import TICKETS, lobby_answer
from server.web import actor, deps, page, staff


async def lobby_ticket(request: Request) -> Response:
    """Give a ticket for the lobby connection of the signed-in person."""
    await deps(request).limits.spend("ticket", TICKETS, actor(request).session_key)
    return JSONResponse(lobby_answer(live(request), actor(request)))


routes: list[BaseRoute] = [page("/lobby/ticket", lobby_ticket, staff(Action.USE_OWN_ACCOUNT), "POST")]
