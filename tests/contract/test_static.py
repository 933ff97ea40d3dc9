"""What `static/` promises: vendored libraries are the ones that were looked at, and dark is one set of colours."""

import hashlib
import json
import re
from pathlib import Path

import pytest

from tests.contract.tree import ROOT, text

VENDOR = ROOT / "static" / "vendor"
TOKENS = Path("static/css/tokens.css")


def manifest() -> dict[str, dict[str, object]]:
    listed: dict[str, dict[str, object]] = json.loads((VENDOR / "manifest.json").read_text())
    return listed


def colours(start: str) -> dict[str, str]:
    """Custom properties in the first block after a line that starts so."""
    _, _, rest = text(TOKENS).partition(start)
    return dict(re.findall(r"(--[\w-]+):\s*([^;]+);", rest.partition("}")[0]))


def test_each_vendored_file_is_the_one_in_the_manifest() -> None:
    found = {name: hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() for name in manifest()}
    assert found == {name: entry["sha256"] for name, entry in manifest().items()}


def test_each_vendored_script_is_in_the_manifest() -> None:
    built = [path for path in VENDOR.rglob("*") if path.suffix in {".js", ".css", ".woff2"}]
    assert {path.relative_to(VENDOR).as_posix() for path in built} == set(manifest())


def test_a_vendored_file_comes_from_the_version_that_the_lock_pins() -> None:
    packages = json.loads(text(Path("package-lock.json")))["packages"]
    sources = {str(entry["from"]) for entry in manifest().values()}
    names = {source.rpartition("@")[0] for source in sources}
    assert sources == {f"{name}@{packages[f'node_modules/{name}']['version']}" for name in names}


def test_dark_by_the_system_and_dark_by_class_are_the_same_colours() -> None:
    by_system, by_class = colours("@media (prefers-color-scheme: dark) {"), colours("\n  .dark {")
    assert len(by_system) > 10
    assert by_system == by_class


@pytest.mark.parametrize(
    ("page", "names"), [("call/page.js", "macros/call.html"), ("visit/page.js", "visits/room.html")]
)
def test_a_call_asks_for_every_script_that_it_loads_at_once(page: str, names: str) -> None:
    shared = Path("templates/macros/call.html").read_text()
    named = set(re.findall(r'"([a-z]+/[a-z]+\.js)"', shared + Path("templates", names).read_text()))
    assert _loaded_by(page) <= named


def _loaded_by(page: str, known: frozenset[str] = frozenset()) -> frozenset[str]:
    found = known | {page}
    for path in re.findall(r'^(?:import|export) .*?"(\..+?)"', Path("static", page).read_text(), re.MULTILINE):
        name = Path("static", page).parent.joinpath(path).resolve().relative_to(Path("static").resolve()).as_posix()
        found = found if name in found else _loaded_by(name, found)
    return found
