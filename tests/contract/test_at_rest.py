"""What is stored how, column by column: the table in docs/guides/data.md and the tables of the code say the same."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Column, LargeBinary, Uuid
from sqlmodel import SQLModel

from server import migrations
from server.calls import CallFacts
from server.db import Database, UtcDateTime
from signaling import Said
from tests.cast import World, opened_world
from tests.contract.leaks import MARKERS, values_in
from tests.contract.tree import text
from tests.server.visits import journey

GUIDE = Path("docs/guides/data.md")
ROW = re.compile(r"^\| `(\w+)\.(\w+)` \| ([\w ]+) \|", re.MULTILINE)
CHAT, REASON = "I have not slept since Tuesday", "Trouble sleeping since the move"
VISITED = (CHAT, REASON, "Missoula", "D. Alvarez")
WORDS = {"plain", "sealed", "index", "hash", "code", "key"}


def written() -> dict[tuple[str, str], str]:
    """What the guide says of each column: table and column to its word."""
    return {(table, column): word for table, column, word in ROW.findall(text(GUIDE))}


def columns() -> Iterator[Column[object]]:
    """Every column that may hold something of a person: ids, moments, numbers and yes-or-no speak for themselves."""
    assert migrations.TABLES
    for table in SQLModel.metadata.sorted_tables:
        for column in table.columns:
            if not isinstance(column.type, Uuid | UtcDateTime) and column.type.python_type not in {int, bool}:
                yield column


def name_of(column: Column[object]) -> tuple[str, str]:
    return column.table.name, column.name


@pytest.mark.parametrize("column", list(columns()), ids=str)
def test_a_column_says_how_it_is_stored(column: Column[object]) -> None:
    word = written().get(name_of(column))
    assert word in WORDS, f"add a line `{column.table.name}.{column.name}` to {GUIDE}: {', '.join(sorted(WORDS))}"
    assert (word == "sealed") is bool(column.info.get("sealed"))
    if word in {"sealed", "index", "hash"}:
        assert isinstance(column.type, LargeBinary) or column.name == "password_hash"


def test_the_guide_names_no_column_that_is_gone() -> None:
    assert written().keys() - {name_of(column) for column in columns()} == set()


@pytest.mark.parametrize("column", ["phone", "email", "record_number"])
def test_contacts_of_patients_are_sealed_beside_an_index(column: str) -> None:
    assert written()["patient", column] == "sealed"
    assert written()["patient", f"{column}_index"] == "index"


async def through_a_visit(world: World) -> None:
    """Set up a visit with mail, let the patient come, confirm, wait, be let in and write; then change the record."""
    visit_id, token = await world.visit(reason=REASON, send=True)
    await journey.waiting(world, token)
    staff = await world.signed_in("pcp")
    assert (await staff.post(f"/visits/{visit_id}/admit")).status_code < 400
    seat = (await journey.seats(world))[-1]
    await CallFacts(world.deps).said(Said(str(seat.room_id), str(seat.id), "c-1", CHAT, world.clock.now))
    desk = await world.signed_in("frontdesk")
    assert (await desk.get(f"/patients/{world.patient.id}")).status_code == 200


@pytest.mark.anyio
async def test_a_whole_visit_leaves_nothing_readable_in_the_file(sqlite_template: Path, tmp_path: Path) -> None:
    file = tmp_path / "curbside.db"
    shutil.copyfile(sqlite_template, file)
    database = Database.open(f"sqlite+aiosqlite:///{file}")
    async with opened_world(database, tmp_path, demo="1") as world:
        await through_a_visit(world)
        assert values_in(tmp_path, "curbside.db*", ["Cedar Creek Health"])  # plain: it is looked at in the right place
        assert values_in(tmp_path, "curbside.db*", [*MARKERS, *VISITED]) == []
    await database.close()
    assert values_in(tmp_path, "curbside.db*", [*MARKERS, *VISITED]) == []
