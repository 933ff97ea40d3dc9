"""Message ids in templates and server code beside the Spanish catalogues.

`python -m tests.contract.messages` prints the entries that the catalogues lack, ready to be filled in.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from tests.contract.tree import ROOT

CATALOGUES = ROOT / "server" / "web" / "locale" / "es"
METHODS = {"templates": [("**.html", "jinja2"), ("**.txt", "jinja2")], "server": [("**.py", "python")]}
OPTIONS = {"**.html": {"silent": "false"}, "**.txt": {"silent": "false"}}  # a template that does not parse is an error
KEYWORDS = {"_": None, "gettext": None, "ngettext": (1, 2), "N_": None}

MessageId = str | tuple[str, ...]


@cache
def extracted() -> Mapping[MessageId, str]:
    """Every message id in use, with the place of one use."""
    found: dict[MessageId, str] = {}
    for folder, methods in METHODS.items():
        for file, line, message, *_ in extract_from_dir(ROOT / folder, methods, OPTIONS, keywords=KEYWORDS):
            found.setdefault(message, f"{folder}/{file}:{line}")
    return found


@cache
def spanish() -> Mapping[str, Catalog]:
    """Read the Spanish catalogues as they are written, a file per subject, by the file's name."""
    return {path.name: _read(path) for path in sorted(CATALOGUES.glob("*.po"))}


def _read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale="es", abort_invalid=True)


def _lines(words: str) -> str:
    return '"' + words.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def _entry(message: MessageId, place: str) -> str:
    if isinstance(message, str):
        return f'#: {place}\nmsgid {_lines(message)}\nmsgstr ""\n'
    one, many = message[:2]
    return f'#: {place}\nmsgid {_lines(one)}\nmsgid_plural {_lines(many)}\nmsgstr[0] ""\nmsgstr[1] ""\n'


if __name__ == "__main__":
    known = {entry.id for catalogue in spanish().values() for entry in catalogue}
    for missing, used_at in extracted().items():
        if missing not in known:
            print(_entry(missing, used_at))
