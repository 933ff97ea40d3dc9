"""`curbside keys …`: rotate while the service runs, go on after a kill, and take away only what nothing needs."""

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import httpx2
import pytest
from sqlmodel import select

from server.db import Database
from server.directory import Organization
from server.key_commands import list_keys, retire_key, rotate_keys
from server.kit import utc_now
from server.kit.keyfile import KeyTrouble, load_keys
from server.settings import Settings
from tests.contract.tree import ROOT
from tests.e2e.served import Served
from tests.server.keys.sealed import message, recipients

MANY = 1500


@pytest.fixture
def served(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Served]:
    """Run a demo server, on SQLite, or on PostgreSQL when asked."""
    more = {}
    if getattr(request, "param", "sqlite") == "postgresql":
        more["CURBSIDE_DATABASE_URL"] = request.getfixturevalue("postgres_url")
    server = Served(tmp_path / "var", more)
    server.start()
    yield server
    server.stop()


def settings_of(server: Served) -> Settings:
    return Settings(data=server.folder, database_url=server.environment.get("CURBSIDE_DATABASE_URL", ""))


async def fill(settings: Settings, count: int) -> None:
    """Add values that take a rotation some time."""
    database, ring = Database.open(settings.database_address), load_keys(settings.data, (), make=False).keyring
    async with database.write() as session:
        home = (await session.exec(select(Organization))).first()
        assert home is not None
        session.add_all([message(ring, home, f"person{number}@example.org") for number in range(count)])
    await database.close()


def rotation(server: Served) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "server.cli", "keys", "rotate"]
    return subprocess.Popen(command, cwd=ROOT, env=server.environment, stderr=subprocess.PIPE, text=True)


def errors_of(process: subprocess.Popen[str]) -> IO[str]:
    assert process.stderr is not None
    return process.stderr


def read_and_write(server: Served, process: subprocess.Popen[str]) -> int:
    """Sign in, add a patient and look at them, over and over while the rotation runs; gives how often."""
    times = 0
    with httpx2.Client(base_url=server.url, headers={"Origin": server.url}, timeout=20) as staff:
        assert staff.post("/login/demo", data={"who": "frontdesk"}).status_code == 303
        while times == 0 or process.poll() is None:
            times += 1
            added = staff.post("/patients/new", data=patient(times))
            assert added.status_code == 303, added.text
            assert phone(times) in staff.get(added.headers["location"].partition("?")[0]).text
    return times


def patient(number: int) -> dict[str, str]:
    return {
        "given_name": f"Given{number}",
        "family_name": f"Family{number}",
        "born_month": "1",
        "born_day": "1",
        "born_year": "1990",
        "language": "en",
        "time_zone": "America/Denver",
        "phone": phone(number),
        "anyway": "1",
    }


def phone(number: int) -> str:
    return f"406-555-{number:04}"


@pytest.mark.timeout(120)
@pytest.mark.parametrize("served", ["sqlite", "postgresql"], indirect=True)
def test_a_rotation_is_not_noticed_by_those_who_read_and_write(served: Served) -> None:
    settings = settings_of(served)
    asyncio.run(fill(settings, MANY))
    process = rotation(served)
    assert read_and_write(served, process) > 0
    assert "Everything is wrapped with k2" in " ".join(process.communicate()[1].split())
    assert process.returncode == 0
    lines: list[str] = []
    asyncio.run(list_keys(settings, lines.append))
    assert lines[1] == "k1  opens only  0 values"
    assert lines[0].startswith("k2  seals now")


@pytest.mark.timeout(120)
def test_a_rotation_that_is_killed_leaves_all_readable_and_goes_on_with_the_same_key(served: Served) -> None:
    settings = settings_of(served)
    asyncio.run(fill(settings, MANY))
    process = rotation(served)
    for line in errors_of(process):
        if "(outbox_message" in line:
            break
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    lines: list[str] = []
    asyncio.run(list_keys(settings, lines.append))
    assert [line.split()[0] for line in lines if " 0 values" not in line] == ["k2", "k1"]
    said: list[str] = []
    asyncio.run(rotate_keys(settings, said.append))
    assert list(load_keys(settings.data, (), make=False).keyring.keys) == ["k2", "k1"]
    assert len(asyncio.run(opened(settings))) >= MANY


async def opened(settings: Settings) -> list[str]:
    database = Database.open(settings.database_address)
    try:
        return await recipients(database, load_keys(settings.data, (), make=False).keyring)
    finally:
        await database.close()


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder of a migrated database with a few sealed values and its key file, to be copied."""
    folder = tmp_path_factory.mktemp("seeded") / "var"
    command = [sys.executable, "-m", "server.cli", "seed"]
    environment = {**os.environ, "CURBSIDE_DATA": str(folder)}
    subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
    return folder


@pytest.fixture
def settings(seeded: Path, tmp_path: Path) -> Settings:
    """Seeded data of a test's own, and no server."""
    return Settings(data=shutil.copytree(seeded, tmp_path / "var"))


def settle(settings: Settings) -> None:
    """Let a minute have passed since the keys changed."""
    before = utc_now().timestamp() - 61
    os.utime(settings.data / "keys.json", (before, before))


def say_nothing(_: str) -> None:
    pass


@pytest.mark.anyio
async def test_a_key_is_taken_away_once_nothing_needs_it(settings: Settings) -> None:
    with pytest.raises(KeyTrouble, match="seals now"):
        await retire_key(settings, "k1", say_nothing)
    with pytest.raises(KeyTrouble, match="no key k9"):
        await retire_key(settings, "k9", say_nothing)
    await rotate_keys(settings, say_nothing)
    with pytest.raises(KeyTrouble, match="within the last minute"):
        await retire_key(settings, "k1", say_nothing)
    settle(settings)
    await retire_key(settings, "k1", say_nothing)
    lines: list[str] = []
    await list_keys(settings, lines.append)
    assert [line.split()[0] for line in lines] == ["k2"]


@pytest.mark.anyio
async def test_a_key_that_a_value_needs_stays(settings: Settings) -> None:
    old = load_keys(settings.data, (), make=False).keyring
    await rotate_keys(settings, say_nothing)
    database = Database.open(settings.database_address)
    old.newer = lambda: None  # a server that has not looked into the file again
    async with database.write() as session:
        home = (await session.exec(select(Organization))).first()
        assert home is not None
        session.add(message(old, home, "late@example.org"))
    await database.close()
    settle(settings)
    with pytest.raises(KeyTrouble, match="k1 still holds 1 value"):
        await retire_key(settings, "k1", say_nothing)
    await rotate_keys(settings, say_nothing)  # finishes, and makes no third key
    settle(settings)
    await retire_key(settings, "k1", say_nothing)
    assert "late@example.org" in await opened(settings)


@pytest.mark.anyio
async def test_keys_of_the_setting_are_wrapped_for_the_first_and_the_file_is_left_alone(settings: Settings) -> None:
    entries = load_entries(settings)
    fresh = "new:" + "A" * 43 + "="
    elsewhere = settings.model_copy(update={"secret_keys": (fresh, *entries)})
    said: list[str] = []
    await rotate_keys(elsewhere, said.append)
    assert "Everything is wrapped with new" in said[-1]
    await retire_key(elsewhere, "k1", said.append)
    assert "take it out of CURBSIDE_SECRET_KEYS" in said[-1]
    assert load_entries(settings) == entries
    without = settings.model_copy(update={"secret_keys": (fresh, entries[-1])})
    lines: list[str] = []
    await list_keys(without, lines.append)
    assert [line.split()[0] for line in lines] == ["new"]


def load_entries(settings: Settings) -> list[str]:
    entries: list[str] = json.loads((settings.data / "keys.json").read_text())
    return entries


@pytest.mark.anyio
async def test_a_database_that_was_never_served_has_no_keys_to_turn(tmp_path: Path) -> None:
    with pytest.raises(KeyTrouble, match="curbside migrate"):
        await list_keys(Settings(data=tmp_path), say_nothing)
    assert not (tmp_path / "keys.json").exists()
