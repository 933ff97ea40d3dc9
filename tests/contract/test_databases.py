"""The databases that tests get: migrated, of both kinds, unseen by each other, and gone when their process is."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from select import select as readable
from typing import IO

import pytest
from sqlalchemy import inspect
from sqlmodel import select

from server.db import Database
from server.directory import Organization
from server.kit.ids import new_id
from tests.contract.tree import ROOT

WAIT_SECONDS = 15
RUN_UNTIL_TOLD = """
import sys
from tests.postgres import running
with running() as server:
    print(server.folder, flush=True)
    sys.stdin.read()
"""


@pytest.mark.anyio
async def test_a_test_gets_a_migrated_database(database: Database) -> None:
    async with database.writer.connect() as connection:
        tables = await connection.run_sync(lambda sync: set(inspect(sync).get_table_names()))
    assert {"account", "appointment", "audit_event", "alembic_version"} <= tables


@pytest.mark.anyio
@pytest.mark.parametrize("turn", ["first", "second"])
async def test_no_test_sees_the_rows_of_another(database: Database, turn: str) -> None:
    async with database.write() as session:
        session.add(Organization(id=new_id(), name=turn))
    async with database.read() as session:
        assert list((await session.exec(select(Organization.name))).all()) == [turn]


def test_the_postgresql_of_a_killed_test_run_ends() -> None:
    command = [sys.executable, "-c", RUN_UNTIL_TOLD]
    process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    folder = Path(_stdout_of(process).readline().strip())
    try:
        ended = os.pidfd_open(int((folder / "data" / "postmaster.pid").read_text().split()[0]))
        process.kill()
        process.communicate()
        assert readable([ended], [], [], WAIT_SECONDS)[0] == [ended]
        os.close(ended)
    finally:
        shutil.rmtree(folder)


def _stdout_of(process: subprocess.Popen[str]) -> IO[str]:
    assert process.stdout is not None
    return process.stdout
