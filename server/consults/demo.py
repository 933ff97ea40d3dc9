"""Weeks of consults that are over, for the demo: so its reports have something to say. All of them are made up."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel import SQLModel, select

from server.consults.answer_rules import Answer, write_answer
from server.consults.answer_store import ANSWER, FINAL, digest_of, sealed
from server.consults.answer_tables import ConsultAnswer
from server.consults.case_rules import ACCEPTED, Status, written_due
from server.consults.case_store import seal_question
from server.consults.case_tables import Consult, ConsultCandidate, ConsultRing
from server.consults.clock_tables import ConsultMinutes
from server.consults.question_rules import Question, Risk, write_question
from server.consults.ring_events import WhyStopped
from server.consults.ring_state import Closed, Ending, write_state
from server.consults.service_rules import Mode, Urgency
from server.directory import Clinic
from server.kit.ids import AccountId, new_id
from server.web import Deps

DAYS = 27
RING = 45  # seconds that a ring lasts
DUE_HOURS = 24


@dataclass(frozen=True, slots=True)
class Side:
    """A service of the demo: who asks it, and those who are rung for it, by account and practitioner."""

    service_id: UUID
    asks: UUID
    rung: Sequence[tuple[UUID, UUID]]


@dataclass(frozen=True, slots=True)
class _Course:
    """How a case went: by what means, when somebody took it (seconds), and the answer (minutes), from asking on.

    `before` is how each ring before the one that was taken ended: a reason to decline, or nothing for no answer.
    """

    mode: Mode
    urgency: Urgency
    took: int | None
    answered: int
    talked: int = 0
    before: tuple[str, ...] = ()
    asked: str = "No response at week 8 of sertraline. Increase, or switch?"
    advised: str = "Increase once more, and look again in four weeks."


_COURSES = (
    _Course(Mode.VIDEO, Urgency.NOW, 24, 35, 12),
    _Course(Mode.AUDIO, Urgency.NOW, 11, 22, 8, asked="Panic at night, already on an SSRI. What next?"),
    _Course(Mode.VIDEO, Urgency.SOON, 63, 50, 17, ("busy",)),
    _Course(
        Mode.WRITTEN, Urgency.TODAY, None, 320, asked="Which labs before lithium?", advised="TSH, creatinine, ECG."
    ),
    _Course(Mode.VIDEO, Urgency.NOW, 39, 41, 21),
    _Course(Mode.VIDEO, Urgency.NOW, None, 190, before=("", "")),
    _Course(Mode.CHAT, Urgency.SOON, 17, 28, 9, asked="Can bupropion be added at this dose?"),
    _Course(Mode.VIDEO, Urgency.NOW, 82, 65, 14, ("field",)),
    _Course(Mode.WRITTEN, Urgency.WEEK, None, 1500, asked="Taper after two years without symptoms?"),
    _Course(Mode.VIDEO, Urgency.NOW, 9, 31, 11),
    _Course(Mode.AUDIO, Urgency.NOW, 71, 38, 6, ("",)),
    _Course(Mode.VIDEO, Urgency.TODAY, None, 840),
    _Course(Mode.VIDEO, Urgency.NOW, 58, 47, 19, ("more",)),
)
_TIMES = (time(8, 20), time(15, 40), time(10, 5), time(13, 30), time(9, 15), time(16, 50), time(11, 25), time(14, 10))


async def add_past_consults(
    deps: Deps, organization_id: UUID, clinics: Sequence[Clinic], sides: Sequence[Side]
) -> None:
    """Add the consults of the last four weeks, unless there are some; of five the last side has one."""
    today = deps.now().astimezone(ZoneInfo(clinics[0].time_zone)).date()
    days = [today - timedelta(days=ago) for ago in range(DAYS, 1, -1)]
    async with deps.database.read() as session:
        recent = select(Consult.id).where(
            Consult.organization_id == organization_id, Consult.created_at >= deps.now() - timedelta(days=DAYS)
        )
        if (await session.exec(recent)).first() is not None:
            return
    rows: list[SQLModel] = []
    for number, (day, at) in enumerate(_moments(days)):
        side, clinic = sides[-1 if number % 5 == 4 else 0], clinics[number // 2 % len(clinics)]
        asked_at = datetime.combine(day, at, ZoneInfo(clinic.time_zone))
        rows += _rows(deps, clinic, side, _COURSES[number % len(_COURSES)], asked_at)
    async with deps.database.write() as session:
        session.add_all(rows)


def _moments(days: Sequence[date]) -> Iterator[tuple[date, time]]:
    """Give one to three times on each working day."""
    working = [day for day in days if day.weekday() < 5]
    for index, day in enumerate(working):
        for turn in range(1 + index % 3):
            yield day, _TIMES[(index * 3 + turn * 2) % len(_TIMES)]


def _rows(deps: Deps, clinic: Clinic, side: Side, course: _Course, asked_at: datetime) -> Iterator[SQLModel]:
    consult_id, whose = new_id(), clinic.organization_id
    answered_at = asked_at + timedelta(minutes=course.answered)
    by = side.rung[len(course.before) % len(side.rung)][0]
    took_at = asked_at + timedelta(seconds=course.took) if course.took is not None else None
    risk = Question(reason=course.asked, tried="Sertraline 50 mg", takes_none=True, risk=Risk.NONE)
    yield Consult(
        id=consult_id,
        service_id=side.service_id,
        clinic_id=clinic.id,
        requester_id=side.asks,
        mode=course.mode,
        urgency=course.urgency,
        situation="peer_only",
        patient_age=34,
        question=seal_question(deps.keyring, consult_id, write_question(risk)),
        status=Status.ANSWERED,
        ring_state=write_state(Closed(Ending.ANSWERED)).decode(),
        accepted_by=by,
        accepted_at=took_at or answered_at - timedelta(minutes=15),
        written_due_at=None if took_at else written_due(asked_at, DUE_HOURS),
        answered_at=answered_at,
        closed_at=answered_at,
        ending=Ending.ANSWERED,
        created_at=asked_at,
        organization_id=whose,
    )
    for rank, (_, practitioner) in enumerate(side.rung, 1):
        yield ConsultCandidate(
            id=new_id(), consult_id=consult_id, practitioner_id=practitioner, rank=rank, organization_id=whose
        )
    yield from _rings(consult_id, side, course, asked_at, whose)
    yield _answer(deps, consult_id, by, answered_at, course.advised, whose)
    if took_at and course.talked:
        yield ConsultMinutes(
            id=new_id(),
            organization_id=whose,
            consult_id=consult_id,
            account_id=by,
            kind="discussion",
            source="entered",
            started_at=took_at,
            ended_at=took_at + timedelta(minutes=course.talked),
        )


def _rings(consult_id: UUID, side: Side, course: _Course, asked_at: datetime, whose: UUID) -> Iterator[ConsultRing]:
    ends: list[tuple[int, str, str]] = []
    for reason in course.before:
        started = ends[-1][0] if ends else 0
        ends.append(
            (started + (RING // 3 if reason else RING), WhyStopped.DECLINED if reason else WhyStopped.TIMED_OUT, reason)
        )
    if course.took is not None:
        ends.append((course.took, ACCEPTED, ""))
    started_at = asked_at
    for index, (seconds, why, reason) in enumerate(ends):
        ended_at = asked_at + timedelta(seconds=seconds)
        yield ConsultRing(
            id=new_id(),
            consult_id=consult_id,
            account_id=side.rung[index % len(side.rung)][0],
            number=index + 1,
            started_at=started_at,
            until=started_at + timedelta(seconds=RING),
            ended_at=ended_at,
            why=why,
            reason=reason,
            seen_at=ended_at,
            organization_id=whose,
        )
        started_at = ended_at


def _answer(deps: Deps, consult_id: UUID, by: UUID, signed_at: datetime, advised: str, whose: UUID) -> ConsultAnswer:
    row_id, text = new_id(), write_answer(Answer(advised))
    return ConsultAnswer(
        id=row_id,
        consult_id=consult_id,
        status=FINAL,
        content=sealed(deps.keyring, ANSWER, row_id, text, "content"),
        saved_by=by,
        saved_at=signed_at,
        signed_by=by,
        signed_at=signed_at,
        settled_at=signed_at,
        digest=digest_of(consult_id, AccountId(by), signed_at, text),
        organization_id=whose,
    )
