"""The administrators' first page, and the routes of all others."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from server.access import Action
from server.admin import (
    audit_pages,
    invitation_pages,
    issuer_pages,
    member_pages,
    organization_pages,
    quality_pages,
    setup_pages,
)
from server.web import page, render, staff


async def show_admin(request: Request) -> Response:
    """Show what an administrator can look after."""
    return render(request, "admin/home.html")


routes: list[BaseRoute] = [
    page("/admin", show_admin, staff(Action.MANAGE_ORGANIZATION)),
    *organization_pages.routes,
    *issuer_pages.routes,
    *audit_pages.routes,
    *quality_pages.routes,
    *member_pages.routes,
    *invitation_pages.routes,
    *setup_pages.routes,
]
