"""Leases: of several processes one does a job at a time, and another takes over when it died.

Times are those of the database's clock (docs/decisions/0013), so nodes whose clocks differ agree on who holds what.
"""

from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col, delete
from sqlmodel.ext.asyncio.session import AsyncSession

from server.jobs.tables import JobLease


async def database_now(session: AsyncSession) -> datetime:
    """Give the time of the database's clock, aware, in UTC."""
    connection = await session.connection()
    if connection.dialect.name == "sqlite":
        found = await connection.scalar(text("SELECT strftime('%Y-%m-%dT%H:%M:%f', 'now') || '+00:00'"))
        return datetime.fromisoformat(str(found))
    found = await connection.scalar(text("SELECT clock_timestamp()"))
    return datetime.fromisoformat(str(found))


async def take_lease(session: AsyncSession, name: str, holder: str, length: timedelta) -> bool:
    """Take a lease, or lengthen one's own, in the caller's transaction; False while somebody else holds it.

    One statement compares and sets: of any number who ask at once, one gets it. Until the caller's transaction ends the
    others wait for the row.
    """
    now = await database_now(session)
    connection = await session.connection()
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    values = {"name": name, "holder": holder, "leased_until": now + length}
    free = (col(JobLease.holder) == holder) | (col(JobLease.leased_until) <= now)
    taken = await connection.execute(
        insert(JobLease).values(values).on_conflict_do_update(index_elements=["name"], set_=values, where=free)
    )
    return taken.rowcount == 1


async def give_lease_back(session: AsyncSession, name: str, holder: str) -> None:
    """End one's own lease, in the caller's transaction, so that nobody waits for it to run out."""
    await session.exec(delete(JobLease).where(col(JobLease.name) == name, col(JobLease.holder) == holder))
