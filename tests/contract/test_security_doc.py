"""docs/SECURITY.md points at code and tests that exist, and says of each requirement that it is met, or not."""

import re
from pathlib import Path

import pytest

from tests.contract.tree import ROOT, text

PAGE = Path("docs/SECURITY.md")
NAMED = re.compile(r"`((?:server|signaling|static|templates|tests|docs|docker)/[\w./-]+)(?:::(\w+))?`")
REQUIREMENT = re.compile(r"^\| V?(\d+\.\d+\.\d+) \|(.*)\|$", re.MULTILINE)
STATES = ("met", "not met", "partly", "does not apply")


@pytest.mark.parametrize(("path", "name"), sorted(set(NAMED.findall(text(PAGE)))))
def test_what_the_page_points_at_is_there(path: str, name: str) -> None:
    assert (ROOT / path).exists()
    assert not name or re.search(rf"\b(?:def|class) {name}\b", text(Path(path)))


def test_every_requirement_says_whether_it_is_met() -> None:
    rows = REQUIREMENT.findall(text(PAGE))
    assert len(rows) > 100
    assert [number for number, row in rows if not row.split("|")[1].strip().startswith(STATES)] == []


def test_no_requirement_is_named_twice() -> None:
    numbers = [number for number, _ in REQUIREMENT.findall(text(PAGE))]
    assert len(numbers) == len(set(numbers))


def test_every_chapter_of_the_standard_is_gone_through() -> None:
    assert {int(number.split(".")[0]) for number, _ in REQUIREMENT.findall(text(PAGE))} == set(range(1, 18))
