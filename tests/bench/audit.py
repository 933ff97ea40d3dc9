"""How fast the audit trail is sealed and verified, on both databases, and how long a sealing transaction holds one."""

import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from anyio.from_thread import start_blocking_portal
from sqlalchemy import insert
from sqlmodel.ext.asyncio.session import AsyncSession

from server.app import make_deps
from server.audit import AuditEvent, Evidence, Sealer, Signer, verify
from server.db import Database
from server.kit import utc_now
from server.kit.ids import new_id
from server.migrations import upgrade
from server.settings import Settings
from server.web import Deps
from tests import postgres
from tests.bench.report import Row, quantile

EVENTS = 20_000
SEAL_BUDGET_MS = 5.0


def measure() -> list[Row]:
    """Measure SQLite, then PostgreSQL."""
    return [*sqlite_rows(), *postgresql_rows()]


def sqlite_rows() -> list[Row]:
    """Measure on SQLite in a temporary folder."""
    with tempfile.TemporaryDirectory() as folder:
        return _run("SQLite", f"sqlite+aiosqlite:///{folder}/curbside.db", Path(folder))


def postgresql_rows() -> list[Row]:
    """Measure on a throwaway PostgreSQL that syncs to the disk."""
    with (
        tempfile.TemporaryDirectory() as folder,
        postgres.running(durable=True) as server,
        server.database() as name,
    ):
        return _run("PostgreSQL", server.address(name), Path(folder))


def _run(name: str, address: str, folder: Path) -> list[Row]:
    with start_blocking_portal() as portal:
        return portal.call(_measure, name, address, folder)


async def _measure(name: str, address: str, folder: Path) -> list[Row]:
    database = Database.open(address)
    await upgrade(database)
    deps, _ = make_deps(Settings(data=folder), database=database)
    await _fill(database)
    sealer = Sealer(deps)
    sealing = await _timed(lambda: _seal(sealer))
    holding = await _held(deps, sealer)
    verifying = await _timed(lambda: _verify(deps))
    await database.close()
    return [
        Row(f"audit: sealed, {name}", round(EVENTS / sealing), "rows/s", None, "higher"),
        Row(f"audit: sealing transaction, {name}, p50", round(quantile(holding, 0.5), 2), "ms", SEAL_BUDGET_MS),
        Row(f"audit: sealing transaction, {name}, p99", round(quantile(holding, 0.99), 2), "ms"),
        Row(f"audit: verified, {name}", round(2 * EVENTS / verifying), "rows/s", None, "higher"),
    ]


async def _fill(database: Database) -> None:
    organization, accounts, patients = new_id(), [new_id() for _ in range(20)], [new_id() for _ in range(500)]
    rows: list[dict[str, Any]] = [
        {
            "id": new_id(),
            "recorded_at": utc_now(),
            "organization_id": organization,
            "account_id": accounts[number % 20],
            "roles": "pcp",
            "action": "read",
            "entity": "Encounter",
            "entity_id": new_id(),
            "patient_id": patients[number % 500],
            "outcome": "success",
            "why": "participant",
            "address": "192.0.2.7",
        }
        for number in range(EVENTS)
    ]
    async with database.write() as session:
        await (await session.connection()).execute(insert(AuditEvent), rows)


async def _seal(sealer: Sealer) -> None:
    while await sealer.work():
        pass


async def _held(deps: Deps, sealer: Sealer) -> list[float]:
    """Seal a little more, and give for how long each write transaction was open, in milliseconds."""
    await _fill(deps.database)
    spent: list[float] = []
    open_write = deps.database.write

    @asynccontextmanager
    async def timed_write() -> AsyncIterator[AsyncSession]:
        async with open_write() as session:
            began = time.perf_counter()
            yield session
        spent.append((time.perf_counter() - began) * 1000)

    with pytest.MonkeyPatch.context() as while_measured:
        while_measured.setattr(deps.database, "write", timed_write)
        await _seal(sealer)
    return spent


async def _verify(deps: Deps) -> None:
    own = [deps.settings.data / "audit.anchors"]
    before = utc_now() - timedelta(minutes=1)
    report = await verify(deps.database, Evidence([Signer(deps.audit_key).public_key], own, (), before))
    if report.faults:
        raise RuntimeError(report.faults)


async def _timed(work: Callable[[], Awaitable[None]]) -> float:
    began = time.perf_counter()
    await work()
    return time.perf_counter() - began
