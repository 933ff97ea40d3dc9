"""The words that people read for the codes of a task, and the day that its due date is measured by."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Actor
from server.directory import working_zone
from server.kit import N_
from server.tasks.rules import Priority, Status, due, is_open
from server.web import Deps

STATUSES: Mapping[str, str] = {
    Status.REQUESTED: N_("Not taken on yet"),
    Status.ACCEPTED: N_("Taken on"),
    Status.IN_PROGRESS: N_("Begun"),
    Status.COMPLETED: N_("Completed"),
    Status.CANCELLED: N_("Cancelled"),
}
PRIORITIES: Mapping[str, str] = {
    Priority.ROUTINE: N_("Routine"),
    Priority.URGENT: N_("Urgent"),
    Priority.ASAP: N_("As soon as possible"),
}
WORDS: Mapping[str, Any] = {"statuses": STATUSES, "priorities": PRIORITIES, "due": due, "is_open": is_open}
"""What every template of tasks may call."""


async def today_of(session: AsyncSession, deps: Deps, actor: Actor) -> date:
    """Give the day that it is where the actor works."""
    return deps.now().astimezone(ZoneInfo(await working_zone(session, actor))).date()
