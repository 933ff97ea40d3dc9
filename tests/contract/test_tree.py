"""The tree says nothing of the machine it was made on, and installs from whatever index a machine is set up with."""

import re
import tomllib
from pathlib import Path

import pytest

from tests.contract.tree import ROOT, files, text

# Put together from pieces, so that this file does not hold what it looks for.
HOMES = re.compile(r"(?<![\w.])/(?:ro" + r"ot|ho" + r"me/\w+|Us" + r"ers/\w+|wo" + r"rk)/")
HOSTS = re.compile(
    "|".join(
        re.escape(".".join(host))
        for host in (
            ("py" + "pi", "org"),
            ("files", "python" + "hosted", "org"),
            ("registry", "npm" + "js", "org"),
            ("registry", "yarn" + "pkg", "com"),
            ("deb", "debian", "org"),
            ("ftp", "debian", "org"),
        )
    )
)
PICTURES = {".png", ".ico", ".mp3", ".wav", ".woff2"}


def found(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{path}: {match.group()}"
        for path in files()
        if path.suffix not in PICTURES
        for match in pattern.finditer(text(path))
    ]


def test_no_file_names_a_folder_of_the_machine_it_was_made_on() -> None:
    assert found(HOMES) == []


def test_no_file_names_the_host_of_a_package_registry() -> None:
    assert found(HOSTS) == []


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_a_python_lock_has_a_hash_for_each_package_and_no_address(lock: str) -> None:
    written = text(Path(lock))
    entries = re.split(r"\n(?=[a-z0-9])", written.strip())
    assert len(entries) > 30
    assert [entry.split("\n")[0] for entry in entries if "--hash=sha256:" not in entry] == []
    assert "://" not in written
    assert " @ " not in written


def test_the_node_lock_records_no_download_address() -> None:
    assert '"resolved"' not in text(Path("package-lock.json"))


def test_the_development_lock_pins_what_the_running_lock_pins() -> None:
    pins = {lock: set(re.findall(r"^\S+==\S+", text(Path(lock)), re.MULTILINE)) for lock in LOCKS}
    assert pins["requirements.lock"] <= pins["requirements-dev.lock"]


def test_each_dependency_asked_for_is_in_the_lock() -> None:
    project = tomllib.loads(text(Path("pyproject.toml")))["project"]
    asked = {re.split(r"[\[<>=~ ;]", line)[0].lower() for line in project["dependencies"]}
    locked = set(re.findall(r"^([a-z0-9._-]+)==", text(Path("requirements.lock")), re.MULTILINE))
    assert asked - locked == set()


def test_the_scripts_that_people_run_may_be_run() -> None:
    scripts = [ROOT / "docker" / "bootstrap.sh", ROOT / ".ci" / "run"]
    assert [script.name for script in scripts if not script.stat().st_mode & 0o100] == []


LOCKS = ("requirements.lock", "requirements-dev.lock")
