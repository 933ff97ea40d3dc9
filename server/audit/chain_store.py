"""Queries of the chains: what is not sealed yet, how far each chain reaches, its links, heads and checkpoints.

They belong to the server's own jobs and to the operator's commands, and reach over all organizations.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, exists, func, insert, select, union
from sqlmodel import col
from sqlmodel import select as select_rows
from sqlmodel.ext.asyncio.session import AsyncSession

from server.audit.chain_rules import COLUMNS, Head, Link, Tail, Values, lowered
from server.audit.tables import AuditCheckpoint, AuditEvent, AuditHead, AuditSeal
from server.kit.ids import new_id

_LOOKED_BACK = 3600  # seconds
_RECORDED = COLUMNS.index("recorded_at")
_EVENT = [getattr(AuditEvent, name) for name in COLUMNS]
_HEAD = [getattr(AuditHead, name) for name in ("sequence", "hash", "signed_at", "signature")]
_LINK = [getattr(AuditSeal, name) for name in ("sequence", "hash", "sealed_at", "event_id")]
_NO_SEAL = ~exists().where(col(AuditSeal.event_id) == AuditEvent.id).correlate(AuditEvent)


async def unsealed_events(session: AsyncSession, after: UUID | None, most: int) -> Sequence[Values]:
    """Give committed events without a seal, oldest id first, with ids above `after`."""
    query = select(*_EVENT).where(_NO_SEAL).order_by(col(AuditEvent.id)).limit(most)
    return await _rows(session, query.where(col(AuditEvent.id) > after) if after else query)


async def newest_event(session: AsyncSession) -> UUID | None:
    """Give the highest id of an event."""
    connection = await session.connection()
    found: UUID | None = await connection.scalar(
        select(col(AuditEvent.id)).order_by(col(AuditEvent.id).desc()).limit(1)
    )
    return found


async def sealing_lag(session: AsyncSession, now: datetime) -> float:
    """Give the age in seconds of the oldest event of the last hour or so that has no seal; nought when all have."""
    newest = await newest_event(session)
    due = await unsealed_events(session, lowered(newest, _LOOKED_BACK), 1) if newest else ()
    recorded = due[0][_RECORDED] if due else now
    return max(0.0, (now - recorded).total_seconds()) if isinstance(recorded, datetime) else 0.0


async def forgotten_event(session: AsyncSession, before: datetime) -> tuple[UUID, UUID | None] | None:
    """Give id and organization of an event recorded before a moment that has no seal still; None when all have."""
    query = select(col(AuditEvent.id), col(AuditEvent.organization_id))
    found = await _first(session, query.where(_NO_SEAL, col(AuditEvent.recorded_at) < before).limit(1))
    return None if found is None else (found[0], found[1])


async def tail_of(session: AsyncSession, chain: str) -> Tail:
    """Give how far a chain reaches; where its links were all pruned, that is its last checkpoint."""
    for table in (AuditSeal, AuditCheckpoint):
        found = await _first(session, _tails(table, chain).limit(1))
        if found is not None:
            return Tail(*found)
    return Tail()


async def hashes_at(session: AsyncSession, chain: str, sequences: Collection[int]) -> dict[int, bytes]:
    """Give the hashes of several links by sequence."""
    query = select(col(AuditSeal.sequence), col(AuditSeal.hash))
    rows = await _rows(session, query.where(col(AuditSeal.chain) == chain, col(AuditSeal.sequence).in_(sequences)))
    return {row[0]: row[1] for row in rows}


async def links_after(session: AsyncSession, chain: str, sequence: int, most: int) -> list[Link]:
    """Give the links of a chain after a sequence, in their order, each with its event."""
    query = (
        select(*_LINK, *_EVENT)
        .outerjoin(AuditEvent, col(AuditEvent.id) == AuditSeal.event_id)
        .where(col(AuditSeal.chain) == chain, col(AuditSeal.sequence) > sequence)
        .order_by(col(AuditSeal.sequence))
        .limit(most)
    )
    rows = await _rows(session, query)
    return [Link(row[0], row[1], row[2], row[3], row[4:] if row[4] is not None else None) for row in rows]


async def heads_between(session: AsyncSession, chain: str, after: int, until: int | None = None) -> list[Head]:
    """Give a chain's heads after one sequence, up to another one or to the end, in their order."""
    query = select(*_HEAD).where(col(AuditHead.chain) == chain, col(AuditHead.sequence) > after)
    if until is not None:
        query = query.where(col(AuditHead.sequence) <= until)
    rows = await _rows(session, query.order_by(col(AuditHead.sequence)))
    return [Head(Tail(row[0], row[1]), row[2], row[3]) for row in rows]


async def heads_since(session: AsyncSession, after: UUID) -> Sequence[AuditHead]:
    """Give the heads with ids above `after`, oldest first, of all chains."""
    query = select_rows(AuditHead).where(col(AuditHead.id) > after).order_by(col(AuditHead.id))
    return (await session.exec(query)).all()


async def last_heads(session: AsyncSession) -> Sequence[AuditHead]:
    """Give the last head of every chain."""
    ends = select(col(AuditHead.chain), func.max(col(AuditHead.sequence)).label("end")).group_by(col(AuditHead.chain))
    last = ends.subquery()
    query = select_rows(AuditHead).join(last, (last.c.chain == AuditHead.chain) & (last.c.end == AuditHead.sequence))
    return (await session.exec(query.order_by(col(AuditHead.id)))).all()


async def checkpoints_of(session: AsyncSession, chain: str) -> Sequence[AuditCheckpoint]:
    """Give the checkpoints of a chain, the last one first."""
    query = select_rows(AuditCheckpoint).where(col(AuditCheckpoint.chain) == chain)
    return (await session.exec(query.order_by(col(AuditCheckpoint.sequence).desc()))).all()


async def chains(session: AsyncSession) -> list[str]:
    """Name all chains that there are."""
    tables = (AuditSeal, AuditHead, AuditCheckpoint)
    return sorted(row[0] for row in await _rows(session, union(*(select(col(table.chain)) for table in tables))))


def link_rows(links: Mapping[str, Sequence[Link]]) -> list[dict[str, Any]]:
    """Make the rows of several chains' links, before the transaction that inserts them."""
    return [
        {
            "id": new_id(),
            "chain": chain,
            "sequence": link.sequence,
            "event_id": link.event_id,
            "hash": link.hash,
            "sealed_at": link.sealed_at,
        }
        for chain, grown in links.items()
        for link in grown
    ]


async def add_links(session: AsyncSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert links."""
    await (await session.connection()).execute(insert(AuditSeal), rows)


async def last_expired(session: AsyncSession, chain: str, before: datetime) -> Tail | None:
    """Give the last link of a chain of which every event up to it was recorded before a moment; None without any."""
    kept = (
        select(col(AuditSeal.sequence))
        .join(AuditEvent, col(AuditEvent.id) == AuditSeal.event_id)
        .where(col(AuditSeal.chain) == chain, col(AuditEvent.recorded_at) >= before)
        .order_by(col(AuditSeal.sequence))
    )
    first_kept = await _first(session, kept.limit(1))
    query = _tails(AuditSeal, chain)
    if first_kept is not None:
        query = query.where(col(AuditSeal.sequence) < first_kept[0])
    found = await _first(session, query.limit(1))
    return None if found is None else Tail(*found)


async def expired_events(session: AsyncSession, chain: str, sequence: int, most: int) -> Sequence[tuple[UUID, int]]:
    """Give event id and sequence of the first links of a chain up to a sequence."""
    query = select(col(AuditSeal.event_id), col(AuditSeal.sequence)).where(
        col(AuditSeal.chain) == chain, col(AuditSeal.sequence) <= sequence
    )
    return [(row[0], row[1]) for row in await _rows(session, query.order_by(col(AuditSeal.sequence)).limit(most))]


def _tails(table: type[AuditSeal] | type[AuditCheckpoint], chain: str) -> Select[int, bytes]:
    return (
        select(col(table.sequence), col(table.hash))
        .where(col(table.chain) == chain)
        .order_by(col(table.sequence).desc())
    )


async def _rows(session: AsyncSession, query: Any) -> Sequence[Any]:
    return (await (await session.connection()).execute(query)).all()


async def _first(session: AsyncSession, query: Any) -> Any:
    return (await (await session.connection()).execute(query)).first()
