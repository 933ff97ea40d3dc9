"""A report as a file: a cell for each heading, and empty ones where nothing is known."""

import csv
from datetime import date
from io import StringIO
from uuid import UUID

from server.scheduling.report import Asked, Group, Line, Report
from server.scheduling.report_csv import HEADINGS, csv_lines
from server.scheduling.report_rules import Figures

SOME = Figures(
    open=480,
    taken=120,
    came=frozenset({UUID(int=1)}),
    missed=frozenset({UUID(int=2)}),
    cancelled={UUID(int=3): "prov"},
    leads={UUID(int=1): 2160},
    thirds=(3,),
)
ASKED = Asked(date(2026, 11, 1), date(2026, 11, 28), None, 30)


def rows(figures: Figures) -> list[dict[str, str]]:
    group = Group(Line("Cedar Creek Clinic", figures), [Line("Dr. R. Okafor", figures)])
    text = "".join(csv_lines(Report(ASKED, [group], figures)))
    return list(csv.DictReader(StringIO(text.removeprefix("\ufeff"), newline="")))


def test_each_row_has_a_cell_for_each_heading() -> None:
    assert [tuple(row) for row in rows(SOME)] == [HEADINGS] * 3
    assert list(rows(SOME)[0].values()) == [
        "2026-11-01",
        "2026-11-28",
        "Cedar Creek Clinic",
        "Dr. R. Okafor",
        "480",
        "120",
        "25.0",
        "1",
        "1",
        "50.0",
        "1",
        *("0", "0", "0", "1", "0", "0"),
        "1.5",
        "1.5",
        "3.0",
        "0",
    ]


def test_what_is_not_known_is_empty_and_not_nothing() -> None:
    row = rows(Figures(full=1))[0]
    assert [row[name] for name in HEADINGS if "%" in name or "days" in name] == [""] * 5
    assert row["without three free times"] == "1"
