"""The search for what must be nowhere: it finds what is there, and a run that leaks fails."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.contract import leaks
from tests.contract.leak_check import found_in
from tests.contract.tree import ROOT

LEAKING = """
import logging, shutil, sqlite3
import structlog
import pytest

def test_a_name_in_a_log():
    structlog.get_logger("x").info("opened", patient="maria ALVAREZ")

def test_a_date_of_birth_by_the_standard_library():
    logging.getLogger("x").warning("born 1992-04-17")

def test_a_plain_phone_in_a_file(sqlite_url):
    with sqlite3.connect(sqlite_url.partition("///")[2]) as connection:
        connection.execute("CREATE TABLE patient (phone TEXT)")
        connection.execute("INSERT INTO patient VALUES ('406-555-0177')")
    connection.close()

def test_a_sealed_text_that_is_also_plain(sqlite_url):
    from server.kit import Keyring
    Keyring({"k": b"k" * 32}, "k", b"i" * 32).seal("cannot sleep at all", b"note|1|text|1")
    with open(sqlite_url.partition("///")[2], "wb") as file:
        file.write(b"...cannot sleep at all...")

def test_nothing_wrong():
    structlog.get_logger("x").info("opened", route="/patients/{patient_id}")
"""


@pytest.mark.parametrize("text", ["born 4/17/1992", "OKAFOR", "call 406-555-0123", "pcp@demo.test"])
def test_what_is_about_a_person_is_found_in_a_log(text: str) -> None:
    assert leaks.logged(f"2026 request ms=3 {text} status=200")


def test_a_line_about_nobody_is_none() -> None:
    assert leaks.logged("request method=GET route=/patients/{patient_id} status=200") == ""


def test_what_was_sealed_in_this_test_is_found_too() -> None:
    leaks.remember("a long sealed text", b"note|1|text|1")
    leaks.remember("short", b"note|1|text|1")
    assert leaks.sealed_here() == ["a long sealed text"]
    assert found_in([("Captured log", "first\nit said: a long sealed text")]) == (
        "Captured log: it said: a long sealed text"
    )


def test_a_servers_log_is_read_as_it_grows(tmp_path: Path) -> None:
    log = tmp_path / "of this test.log"  # servers of other tests have theirs
    log.write_text("one\n")
    leaks.watch(log)
    assert (log.name, "one\n") in leaks.servers_logged()
    with log.open("a") as file:
        file.write("two\n")
    assert (log.name, "two\n") in leaks.servers_logged()
    log.unlink()
    leaks.servers_logged()
    assert log.name not in dict(leaks.servers_logged())


@pytest.mark.timeout(120)
def test_a_run_that_leaks_fails_where_it_leaks(tmp_path: Path) -> None:
    file = tmp_path / "test_leaking.py"
    file.write_text(LEAKING)
    plugins = ["-p", "tests.conftest", "-c", str(ROOT / "pyproject.toml"), "--rootdir", str(ROOT)]
    command = [sys.executable, "-m", "pytest", "-q", *plugins, str(file)]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout
    assert "2 failed, 3 passed, 2 errors" in said, said
    assert "test_nothing_wrong" not in said
