"""Pure: which billing code the minutes of a consult suggest, with the evidence and what stands against it.

A suggestion for a coder, never a claim. The rules are a dated table: what is here came with Curbside, and an
organization's own rows go before it. Labels are our own words (`code_words`); the descriptors of CPT are the AMA's.
`general` marks what a coder should confirm.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from server.consults.clock_rules import Totals


class Role(StrEnum):
    """Whose time a code pays."""

    CONSULTANT = "consultant"
    REQUESTER = "requester"


@dataclass(frozen=True, slots=True)
class CodeRule:
    """What a code asks for. `discussion_share` is the part of the time that discussion must exceed, from 0 to 1.

    It counts once in `once_per_days`; not when the consultant saw the patient in `seen_before` days before, or will in
    `seen_after` days after. An empty `professions` or `payer` is every one. Minutes count in whole ones, `least` to
    `most`, without an end when `most` is None. Rows hold from one day through another. An organization's `own` row may
    say that a code is not `used`.
    """

    code: str
    role: Role
    least: int
    most: int | None
    needs_written: bool = True
    needs_verbal: bool = False
    discussion_share: float | None = None
    once_per_days: int = 0
    seen_before: int = 0
    seen_after: int = 0
    professions: frozenset[str] = frozenset()
    payer: str = ""
    general: bool = False
    valid_from: date = date(2019, 1, 1)
    valid_to: date | None = None
    source: str = ""
    own: bool = False
    used: bool = True

    def is_valid(self, on: date) -> bool:
        """Tell whether the rule holds on a day; both ends are included."""
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)


@dataclass(frozen=True, slots=True)
class BillingFacts:
    """What is known of a case. Days are None where nothing is known of; `next_visit` is the next one that is planned.

    `billed` are the codes that were suggested and kept for the same patient and person before, with their days.
    `met` says that the consultant came into the visit of this very case, and so met the patient. `seen_last` and
    `next_visit` are other visits of the patient with the consultant.
    """

    role: Role
    profession: str
    payer: str = ""
    consented: bool = False
    reason_documented: bool = False
    written_report: bool = False
    verbal_report: bool = False
    met: bool = False
    seen_last: date | None = None
    next_visit: date | None = None
    billed: tuple[tuple[str, date], ...] = ()


class Evidence(StrEnum):
    """What speaks for a code."""

    MINUTES = "minutes"
    DISCUSSION = "discussion"
    WRITTEN = "written"
    VERBAL = "verbal"
    CONSENT = "consent"
    REASON = "reason"
    GENERAL = "general"


class Blocker(StrEnum):
    """What stands against a code."""

    TOO_SHORT = "too-short"
    NOT_MOSTLY_DISCUSSION = "not-mostly-discussion"
    WRITTEN_MISSING = "written-missing"
    VERBAL_MISSING = "verbal-missing"
    CONSENT_MISSING = "consent-missing"
    REASON_MISSING = "reason-missing"
    BILLED_BEFORE = "billed-before"
    IN_VISIT = "in-visit"
    SEEN_BEFORE = "seen-before"
    SEEN_AFTER = "seen-after"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of evidence, or a blocker, and its values: minutes, of how many, days, a day, a code."""

    code: Evidence | Blocker
    number: int = 0
    of: int = 0
    days: int = 0
    on: date | None = None
    what: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """A code that the minutes suggest. It is `clear` when nothing stands against it."""

    rule: CodeRule
    evidence: tuple[Line, ...]
    blockers: tuple[Line, ...]

    @property
    def clear(self) -> bool:
        """Tell whether nothing stands against it."""
        return not self.blockers


PHYSICIANS = frozenset({"physician", "psychiatrist", "nurse practitioner", "physician assistant"})
OTHERS = frozenset({"psychologist", "social worker"})
_CPT, _CMS = "CPT", "CMS, Medicare physician fee schedule"


def _live(code: str, least: int, most: int | None, *, mirror: bool = False) -> CodeRule:
    return CodeRule(
        code,
        Role.CONSULTANT,
        least,
        most,
        needs_verbal=True,
        discussion_share=0.5,
        once_per_days=7,
        seen_before=14,
        seen_after=14,
        professions=OTHERS if mirror else PHYSICIANS,
        payer="medicare" if mirror else "",
        general=mirror,
        valid_from=date(2025, 1, 1) if mirror else date(2019, 1, 1),
        source=_CMS if mirror else _CPT,
    )


def _written(code: str, *, mirror: bool = False) -> CodeRule:
    return replace(_live(code, 5, None, mirror=mirror), needs_verbal=False, discussion_share=None)


def _requester(code: str, professions: frozenset[str], payer: str, source: str, since: date) -> CodeRule:
    return CodeRule(
        code,
        Role.REQUESTER,
        16,
        30,
        needs_written=False,
        once_per_days=14,
        professions=professions,
        payer=payer,
        general=True,
        valid_from=since,
        source=source,
    )


DEFAULT_CODES = (
    _live("99446", 5, 10),
    _live("99447", 11, 20),
    _live("99448", 21, 30),
    _live("99449", 31, None),
    _written("99451"),
    _requester("99452", PHYSICIANS, "", _CPT, date(2019, 1, 1)),
    _live("G0546", 5, 10, mirror=True),
    _live("G0547", 11, 20, mirror=True),
    _live("G0548", 21, 30, mirror=True),
    _live("G0549", 31, None, mirror=True),
    _written("G0550", mirror=True),
    _requester("G0551", OTHERS, "medicare", _CMS, date(2025, 1, 1)),
)


SHIPPED = {rule.code: rule for rule in DEFAULT_CODES}
"""The newest of each code."""
MOST_MINUTES, MOST_DAYS = 240, 30
"""What an own rule may ask for at most. No code looks further back or ahead than so many days."""


def in_force(own: Iterable[CodeRule], on: date) -> tuple[CodeRule, ...]:
    """Give the rules that hold on a day, one for a code: an own one before what was shipped, newer before older.

    A code that is not used then has none.
    """
    valid = [rule for rule in (*DEFAULT_CODES, *own) if rule.is_valid(on)]
    held = {rule.code: rule for rule in sorted(valid, key=lambda rule: (rule.own, rule.valid_from))}
    return tuple(rule for rule in held.values() if rule.used)


def suggest(facts: BillingFacts, minutes: Totals, table: Iterable[CodeRule], on: date) -> tuple[Draft, ...]:
    """Draft the codes that a person's minutes may be billed by on a day: clear ones first, the highest time first.

    A code whose time is exceeded is none. When the time reaches no code, the one that asks for the least is drafted
    with TOO_SHORT, so that somebody sees what is missing.
    """
    rules = [rule for rule in table if _may(rule, facts, on)]
    within = [rule for rule in rules if rule.most is None or minutes.minutes <= rule.most]
    reached = [rule for rule in within if minutes.minutes >= rule.least]
    drafts = [_draft(rule, facts, minutes, on) for rule in reached or _shortest(within)]
    return tuple(sorted(drafts, key=lambda draft: (len(draft.blockers), -draft.rule.least, draft.rule.code)))


def _may(rule: CodeRule, facts: BillingFacts, on: date) -> bool:
    """Tell whether a rule is for this person, this payer and this day."""
    return (
        rule.role is facts.role
        and rule.is_valid(on)
        and rule.payer in {"", facts.payer}
        and (not rule.professions or facts.profession in rule.professions)
    )


def _shortest(rules: list[CodeRule]) -> list[CodeRule]:
    least = min((rule.least for rule in rules), default=0)
    return [rule for rule in rules if rule.least == least]


def _draft(rule: CodeRule, facts: BillingFacts, minutes: Totals, on: date) -> Draft:
    lines = [_time(rule, minutes), *_discussion(rule, minutes), *_records(rule, facts)]
    blockers = [line for line in lines if isinstance(line.code, Blocker)]
    evidence = [line for line in lines if isinstance(line.code, Evidence)]
    if rule.general:
        evidence.append(Line(Evidence.GENERAL))
    return Draft(rule, tuple(evidence), (*blockers, *_billed(rule, facts, on), *_seen(rule, facts, on)))


def _time(rule: CodeRule, minutes: Totals) -> Line:
    enough = minutes.minutes >= rule.least
    return Line(Evidence.MINUTES if enough else Blocker.TOO_SHORT, minutes.minutes, rule.least)


def _discussion(rule: CodeRule, minutes: Totals) -> list[Line]:
    if rule.discussion_share is None:
        return []
    enough = minutes.discussion_share > rule.discussion_share
    code = Evidence.DISCUSSION if enough else Blocker.NOT_MOSTLY_DISCUSSION
    return [Line(code, minutes.discussion_minutes, minutes.minutes)]


def _records(rule: CodeRule, facts: BillingFacts) -> list[Line]:
    """Look at what must be on record."""
    lines = [
        Line(Evidence.CONSENT if facts.consented else Blocker.CONSENT_MISSING),
        Line(Evidence.REASON if facts.reason_documented else Blocker.REASON_MISSING),
    ]
    if rule.needs_written:
        lines.append(Line(Evidence.WRITTEN if facts.written_report else Blocker.WRITTEN_MISSING))
    if rule.needs_verbal:
        lines.append(Line(Evidence.VERBAL if facts.verbal_report else Blocker.VERBAL_MISSING))
    return lines


def _billed(rule: CodeRule, facts: BillingFacts, on: date) -> list[Line]:
    """Look for a code of the same person within the days of which only one counts, on either side."""
    near = [(day, code) for code, day in facts.billed if abs((on - day).days) < rule.once_per_days]
    return [Line(Blocker.BILLED_BEFORE, days=rule.once_per_days, on=day, what=code) for day, code in sorted(near)[-1:]]


def _seen(rule: CodeRule, facts: BillingFacts, on: date) -> list[Line]:
    found = [Line(Blocker.IN_VISIT)] if facts.met and rule.seen_before else []
    if facts.seen_last is not None and 0 <= (on - facts.seen_last).days <= rule.seen_before and rule.seen_before:
        found.append(Line(Blocker.SEEN_BEFORE, days=rule.seen_before, on=facts.seen_last))
    if facts.next_visit is not None and 0 <= (facts.next_visit - on).days <= rule.seen_after and rule.seen_after:
        found.append(Line(Blocker.SEEN_AFTER, days=rule.seen_after, on=facts.next_visit))
    return found
