"""A report on consults as a table for spreadsheets: all, each service, clinic and hour, then the gaps. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from server.consults.consult_report_rules import Figures, Gap, Unmet, hour_name
from server.kit.csv_rows import UTF8_MARK, csv_row

HEADINGS = (
    "from",
    "to",
    "by",
    "name",
    "asked",
    "asked live",
    "taken live",
    "answered",
    "missed rings",
    "seconds to accept, median",
    "seconds to accept, 90th percentile",
    "minutes to answer, median",
    "minutes to answer, 90th percentile",
    "declines",
    *(f"nobody took it: {why.value}" for why in Unmet),
)
GAP_HEADINGS = ("from", "to", "service", "clinic", "hour", "why nobody took it", "cases")


def csv_lines(
    first: date, last: date, whole: Figures, parts: Mapping[str, Mapping[str, Figures]], gaps: Sequence[Gap]
) -> Iterator[str]:
    """Write a report, line by line, behind the mark by which spreadsheets know UTF-8."""
    yield UTF8_MARK + csv_row(*HEADINGS)
    yield _row(first, last, "all", "", whole)
    for by, named in parts.items():
        for name, figures in named.items():
            yield _row(first, last, by, name, figures)
    yield csv_row()
    yield csv_row(*GAP_HEADINGS)
    for gap in gaps:
        yield csv_row(first, last, gap.service, gap.clinic, hour_name(gap.hour), gap.why, gap.count)


def _row(first: date, last: date, by: str, name: str, one: Figures) -> str:
    return csv_row(
        first,
        last,
        by,
        name,
        one.asked,
        one.live,
        one.taken,
        one.answered,
        one.missed,
        one.accept_median,
        one.accept_p90,
        one.answer_median,
        one.answer_p90,
        "; ".join(f"{code}: {count}" for code, count in one.declines.items()),
        *(one.unmet.get(why, 0) for why in Unmet),
    )
