"""Suggested codes as a table for a coder: a row for each side of each case, with the evidence. Pure.

The words are the file's own and stay English: a coder's system reads them.
"""

from collections.abc import Iterable, Iterator

from server.consults.code_rules import Blocker, CodeRule, Draft, Line
from server.consults.code_store import Coded, Side
from server.consults.code_words import BLOCKERS, CODES, EVIDENCE, span
from server.kit.csv_rows import UTF8_MARK, csv_row

HEADINGS = (
    "day",
    "consult",
    "patient",
    "clinic",
    "service",
    "person",
    "role",
    "minutes",
    "discussion minutes",
    "corrected by hand",
    "suggested code, for a coder to decide",
    "what it is for",
    "evidence",
    "against it",
)


def csv_lines(cases: Iterable[Coded]) -> Iterator[str]:
    """Write the cases, line by line, behind the mark by which spreadsheets know UTF-8."""
    yield UTF8_MARK + csv_row(*HEADINGS)
    for case in cases:
        for side in case.sides:
            yield _row(case, side)


def line_text(line: Line) -> str:
    """Say a line of evidence, or what stands against a code, in English."""
    words = BLOCKERS[line.code] if isinstance(line.code, Blocker) else EVIDENCE[line.code]
    values = {"number": line.number, "of": line.of, "days": line.days, "on": line.on or "", "what": line.what}
    return words % values


def _label(rule: CodeRule) -> str:
    return f"{CODES[rule.code]}, {span(rule) % {'least': rule.least, 'most': rule.most}}"


def _row(case: Coded, side: Side) -> str:
    draft: Draft | None = side.drafts[0] if side.drafts else None
    return csv_row(
        case.on,
        case.consult.id,
        case.consult.patient_id,
        case.clinic.name,
        case.service.name,
        side.name,
        side.role,
        side.minutes.minutes,
        side.minutes.discussion_minutes,
        "yes" if side.corrected else "no",
        draft.rule.code if draft else None,
        _label(draft.rule) if draft else None,
        "; ".join(line_text(line) for line in draft.evidence) if draft else None,
        "; ".join(line_text(line) for line in draft.blockers) if draft else None,
    )
