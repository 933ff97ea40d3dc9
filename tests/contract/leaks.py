"""What must lie readable in no database's file and in no log: values of the cast and the demo, and what was sealed."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

# Sealed values of the cast and of the demo's people, which no test may keep anywhere else.
MARKERS = (
    "406-555-0177",
    "406-555-0168",
    "406-555-0123",
    "406-555-0134",
    "406-555-0145",
    "406-555-0156",
    "406-555-0161",
    "m.alvarez@example.org",
    "l.castellano@example.org",
    *(f"{who}@demo.test" for who in ("pcp", "psychiatrist", "caremanager", "frontdesk", "admin", "outsider")),
    *(f"CC-100{number}" for number in range(1, 7)),
    "118 Larch Street",
)
# Names, and dates of birth as pages, forms and databases write them: plain in the database, never in a log.
PEOPLE = (
    *("Alvarez", "Haddad", "Adeyemi", "Lindqvist", "Castellano", "Moreau"),
    *("Okafor", "Brandt", "Whitfield", "Lindgren", "Farouk", "Tomas Reyes"),
    *("1992-04-17", "4/17/1992", "17 abr 1992", "1985-11-02", "11/2/1985", "1961-07-30", "7/30/1961"),
    *("1954-01-09", "1/9/1954", "1978-09-21", "9/21/1978", "2001-03-05", "3/5/2001"),
    *("Diabetes follow-up", "Medication check", "Follow-up, week 8", "Sleep, week 2", "Joint pain review"),
)
SHORTEST = 8
_ZEROS = bytes(64)
# Sealed, and yet often the same as something that is plain: a name, a word of a form, the standing text of a mail.
SHARED = {b"giver_name", b"relationship", b"emergency_name", b"others_present", b"city", b"subject", b"recipient"}
_LOGGED = re.compile("|".join(re.escape(value) for value in (*MARKERS, *PEOPLE)), re.IGNORECASE)

_sealed: set[str] = set()
_watched: dict[Path, int] = {}


def watch(log: Path) -> None:
    """Have a server's log searched, from now on and as it grows."""
    _watched.setdefault(log, 0)


def sealed_here() -> list[str]:
    """What was sealed in this test and is distinctive enough to be looked for."""
    return sorted(_sealed)


def values_in(folder: Path, pattern: str, values: Iterable[str]) -> list[str]:
    """Those of the values that are readable in the files of a folder."""
    # A new database is mostly zeros, and no value has one in it.
    held = [path.read_bytes().replace(_ZEROS, b"") for path in folder.glob(pattern) if path.is_file()]
    return [value for value in values if any(value.encode() in data for data in held)]


def logged(text: str, more: Sequence[str] = ()) -> str:
    """Give the first thing about a person that is in a text, or nothing."""
    if found := _LOGGED.search(text):
        return found.group()
    return next((value for value in more if value in text), "")


def forget() -> None:
    """Begin a test with nothing sealed."""
    _sealed.clear()


def remember(text: str, field: bytes) -> None:
    """Keep what was sealed for a field, when it is distinctive."""
    if len(text) >= SHORTEST and field.count(b"|") == 3 and field.split(b"|")[2] not in SHARED:
        _sealed.add(text)


def servers_logged() -> list[tuple[str, str]]:
    """Give what the servers' logs have grown by since this was last asked: their names and the text."""
    return [(log.name, _new_in(log)) for log in list(_watched)]


def _new_in(log: Path) -> str:
    """Give what a log has grown by since it was looked at; a log that went with its folder has nothing new."""
    if not log.exists():
        _watched.pop(log)
        return ""
    with log.open("rb") as file:
        file.seek(_watched[log])
        grown = file.read()
        _watched[log] = file.tell()
    return grown.decode(errors="replace")
