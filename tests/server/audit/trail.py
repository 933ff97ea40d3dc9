"""What tests of the audit trail share: events, sealing, verifying, and an attacker who has the database itself."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlmodel import col, select

from server.audit import (
    AuditEvent,
    AuditSeal,
    Evidence,
    Fault,
    Sealer,
    Signer,
    Subject,
    anchor_files,
    note,
    verify,
)
from server.audit.actions import _event
from server.kit.ids import new_id
from tests.cast import World


async def record(world: World, count: int = 1, who: str | None = "pcp", why: str = "participant") -> list[UUID]:
    """Commit events of somebody, or of nobody; gives their ids."""
    before = await event_ids(world)
    async with world.deps.database.write() as session:
        for _ in range(count):
            subject = Subject("Encounter", new_id(), world.patient.id)
            note(session, world.clock.now, world.actors[who] if who else None, "start", subject, why)
    return [id_ for id_ in await event_ids(world) if id_ not in before]


def event(world: World, who: str = "pcp") -> AuditEvent:
    """Make an event that is not committed yet; its id tells when."""
    return _event(world.clock.now, world.actors[who], "start", Subject("Encounter"), "participant", "success")


async def event_ids(world: World) -> list[UUID]:
    async with world.deps.database.read() as session:
        return list((await session.exec(select(AuditEvent.id).order_by(col(AuditEvent.id)))).all())


async def seal_all(world: World, sealer: Sealer | None = None) -> Sealer:
    """Let a sealer work until there is nothing left to do."""
    sealer = sealer or Sealer(world.deps)
    while await sealer.work():
        pass
    return sealer


async def seals(world: World, who: str = "pcp") -> Sequence[AuditSeal]:
    """Give the links of an organization's chain in their order."""
    query = select(AuditSeal).where(AuditSeal.chain == chain_of(world, who)).order_by(col(AuditSeal.sequence))
    async with world.deps.database.read() as session:
        return (await session.exec(query)).all()


def chain_of(world: World, who: str = "pcp") -> str:
    return str(world.actors[who].organization_id)


async def faults(world: World, copies: Sequence[Path] = (), **changes: Any) -> list[Fault]:
    """Verify as the command does, a minute from now; gives what is wrong."""
    evidence = {
        "public_keys": [Signer(world.deps.audit_key).public_key],
        "own_anchors": [] if copies else anchor_files(world.deps.settings),
        "copies": copies,
        "sealed_before": world.clock.now + timedelta(minutes=1),
        **changes,
    }
    return (await verify(world.deps.database, Evidence(**evidence))).faults


async def attack(world: World, *statements: str, **values: Any) -> None:
    """Change the database past its triggers, as somebody can who has the file or is its superuser."""
    database = world.deps.database
    async with database.writer.begin() as connection:
        if database.is_sqlite:
            names = await connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'"))
            for (name,) in names.all():
                await connection.execute(text(f"DROP TRIGGER {name}"))
        else:
            await connection.execute(text("SET LOCAL session_replication_role = replica"))
        for statement in statements:
            used = {name: value for name, value in values.items() if f":{name}" in statement}
            await connection.execute(text(statement), used)


def stored(world: World, id_: UUID) -> object:
    """Give an id as a plain statement takes it."""
    return id_.hex if world.deps.database.is_sqlite else id_
