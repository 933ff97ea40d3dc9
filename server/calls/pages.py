"""The lobby's ticket: every signed-in page holds one connection on which it hears what changed."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from server.calls import presence_pages
from server.calls.hub import live
from server.calls.tickets import TICKETS, lobby_answer
from server.identity import reach_of
from server.web import actor, deps, page, signed_in


async def lobby_ticket(request: Request) -> Response:
    """Give a ticket for the lobby connection of the signed-in person."""
    who = actor(request)
    await deps(request).limits.spend("ticket", TICKETS, who.session_key)
    async with deps(request).database.read() as session:
        reach = await reach_of(session, who)
    return JSONResponse(lobby_answer(live(request), who, reach))


routes: list[BaseRoute] = [page("/lobby/ticket", lobby_ticket, signed_in(), "POST"), *presence_pages.routes]
