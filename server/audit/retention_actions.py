"""Retention: expired events at the beginning of a chain are removed, after a signed checkpoint says so.

The database refuses to remove anything else. Links and events go in batches, events first: what a crash leaves is
removed the next time.
"""

from datetime import datetime, timedelta

from sqlmodel import col, delete

from server.audit.actions import Subject, note
from server.audit.chain_rules import Tail, checkpoint_statement
from server.audit.chain_store import chains, checkpoints_of, expired_events, last_expired
from server.audit.signatures import Signer
from server.audit.tables import AuditCheckpoint, AuditEvent, AuditHead, AuditSeal
from server.jobs import take_lease
from server.kit.ids import new_id
from server.web import Deps

BATCH = 50  # of events: their transaction takes about 3 ms on SQLite
LEASE_NAME, ONCE_A_DAY = "audit-prune", timedelta(hours=24)
_YEAR = timedelta(days=365.25)


async def prune_daily(deps: Deps) -> bool:
    """Prune if no process did within a day. Never asks to be called again at once."""
    async with deps.database.write() as session:
        ours = await take_lease(session, LEASE_NAME, str(new_id()), ONCE_A_DAY)
    if ours:
        await prune(deps)
    return False


async def prune(deps: Deps) -> int:
    """Remove events older than the retention (`audit_years`) from all chains; gives how many."""
    before = deps.now() - deps.settings.audit_years * _YEAR
    async with deps.database.read() as session:
        names = await chains(session)
    return sum([await _prune_chain(deps, chain, before) for chain in names])


async def _prune_chain(deps: Deps, chain: str, before: datetime) -> int:
    await _allow(deps, chain, before)
    async with deps.database.read() as session:
        checkpoints = await checkpoints_of(session, chain)
    if not checkpoints:
        return 0
    removed = 0
    while count := await _remove_some(deps, chain, checkpoints[0].sequence):
        removed += count
    return removed


async def _allow(deps: Deps, chain: str, before: datetime) -> None:
    """Sign and commit a checkpoint at the last expired link, when there is one that is not allowed to go yet."""
    async with deps.database.read() as session:
        tail = await last_expired(session, chain, before)
        known = await checkpoints_of(session, chain)
    if tail is None or (known and known[0].sequence >= tail.sequence):
        return
    row = _checkpoint(deps, chain, tail, before)
    async with deps.database.write() as session:
        session.add(row)
        words = f"up to {tail.sequence} of {chain}, recorded before {before.date()}"
        note(session, deps.now(), None, "prune", Subject("AuditEvent"), words)


def _checkpoint(deps: Deps, chain: str, tail: Tail, before: datetime) -> AuditCheckpoint:
    now = deps.now()
    signature = Signer(deps.audit_key).sign(checkpoint_statement(chain, tail, before, now))
    return AuditCheckpoint(
        id=new_id(),
        chain=chain,
        sequence=tail.sequence,
        hash=tail.hash,
        expired_before=before,
        signed_at=now,
        signature=signature,
    )


async def _remove_some(deps: Deps, chain: str, until: int) -> int:
    async with deps.database.read() as session:
        due = await expired_events(session, chain, until, BATCH)
    if not due:
        return 0
    last = due[-1][1]
    async with deps.database.write() as session:
        await session.exec(delete(AuditEvent).where(col(AuditEvent.id).in_([event_id for event_id, _ in due])))
        for table in (AuditSeal, AuditHead):
            await session.exec(delete(table).where(col(table.chain) == chain, col(table.sequence) <= last))
    return len(due)
