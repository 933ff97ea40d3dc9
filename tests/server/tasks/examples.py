"""Tasks of the patient, as the tests of this folder add them."""

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from server.audit import AuditEvent
from server.kit.ids import new_id
from server.tasks import FollowUpTask, NewTask, add_task
from server.web import Deps
from tests.cast import World

TODAY = date(2026, 11, 24)  # at the clinic, when the clock of the cast stands still
SECRET = "Repeat the PHQ-9 in week 8"


def wanted(world: World, owner: str = "", **changes: Any) -> NewTask:
    """A task for the patient that is due in two days, of nobody unless an owner is named."""
    values = {"key": new_id(), "patient_id": world.patient.id, "title": SECRET, "due_on": TODAY + timedelta(days=2)}
    values["owner_id"] = world.accounts[owner].id if owner else None
    return NewTask(**{**values, **changes})


async def added(world: World, owner: str = "", who: str = "pcp", **changes: Any) -> FollowUpTask:
    """Have somebody add a task, whom a visit ties to the patient."""
    async with world.deps.database.write() as session:
        return await add_task(session, world.deps, world.actors[who], wanted(world, owner, **changes))


async def kept(world: World, task_id: UUID) -> FollowUpTask:
    """Read a task as it is now."""
    async with world.deps.database.read() as session:
        return await session.get_one(FollowUpTask, task_id)


async def noted(world: World, entity: str = "Task") -> list[str]:
    """Name what the trail says was done to tasks, in order."""
    async with world.deps.database.read() as session:
        query = select(AuditEvent.action).where(AuditEvent.entity == entity, AuditEvent.outcome == "success")
        return list((await session.exec(query.order_by(col(AuditEvent.id)))).all())


@dataclass
class Woken:
    """Whose open pages were woken, instead of waking them."""

    people: list[tuple[UUID, str]] = field(default_factory=list)

    def in_(self, deps: Deps) -> Deps:
        """Give dependencies that tell this."""
        return replace(deps, tell=self._tell)

    async def _tell(self, account_id: UUID, topic: str) -> None:
        self.people.append((account_id, topic))
