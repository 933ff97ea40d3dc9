"""A report as a table for spreadsheets: a row for each practitioner, for each clinic, and for all. Pure."""

from collections.abc import Iterator

from server.kit.csv_rows import UTF8_MARK, csv_row
from server.scheduling.booking_rules import CANCEL_REASONS
from server.scheduling.report import Asked, Report
from server.scheduling.report_rules import Figures

HEADINGS = (
    "from",
    "to",
    "clinic",
    "practitioner",
    "open minutes",
    "booked minutes",
    "utilisation %",
    "came",
    "no-shows",
    "no-shows %",
    "cancelled",
    *(f"cancelled: {reason.value}" for reason in CANCEL_REASONS),
    "lead time median days",
    "lead time 90th percentile days",
    "third next available days",
    "without three free times",
)


def csv_lines(report: Report) -> Iterator[str]:
    """Write a report, line by line, behind the mark by which spreadsheets know UTF-8."""
    yield UTF8_MARK + csv_row(*HEADINGS)
    for group in report.groups:
        for line in group.people:
            yield _row(report.asked, group.whole.name, line.name, line.figures)
        yield _row(report.asked, group.whole.name, "", group.whole.figures)
    yield _row(report.asked, "", "", report.figures)


def _row(asked: Asked, clinic: str, name: str, figures: Figures) -> str:
    return csv_row(
        asked.first,
        asked.last,
        clinic,
        name,
        figures.open,
        figures.taken,
        _percent(figures.utilisation),
        len(figures.came),
        len(figures.missed),
        _percent(figures.missed_share),
        len(figures.cancelled),
        *(figures.reasons.get(reason, 0) for reason in CANCEL_REASONS),
        _days(figures.lead_median),
        _days(figures.lead_p90),
        _days(figures.third_next),
        figures.full,
    )


def _percent(share: float | None) -> str | None:
    return None if share is None else f"{100 * share:.1f}"


def _days(days: float | None) -> str | None:
    return None if days is None else f"{days:.1f}"
