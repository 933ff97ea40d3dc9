"""The one access policy. Pure: an actor, an action and facts about the record give allowed or not, and why.

Deny by default. A store function asks with the record's facts before it gives anything away; `NotFound` hides records
of other organizations, `Forbidden` answers a person who may know that the record exists.

Three things must hold: the organization is the actor's, one of the actor's roles allows the action, and for records of
patients (`TIED`) there is a tie: taking part in the visit, the care team, the clinic that is covered, or a record that
was opened in an emergency.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from server.kit.errors import CurbsideError, Forbidden, NotFound


class Role(StrEnum):
    """What a person is in an organization (membership), or a patient on a visit link or with an account."""

    PCP = "pcp"
    SPECIALIST = "specialist"
    CARE_MANAGER = "caremanager"
    FRONT_DESK = "frontdesk"
    ADMINISTRATOR = "admin"
    PATIENT = "patient"


CLINICIANS = frozenset({Role.PCP, Role.SPECIALIST, Role.CARE_MANAGER})
CARERS = CLINICIANS | {Role.FRONT_DESK}
STAFF = CARERS | {Role.ADMINISTRATOR}
_ADMINISTRATORS = frozenset({Role.ADMINISTRATOR})
_PATIENTS = frozenset({Role.PATIENT})


class Action(StrEnum):
    """Everything that may be done to a record."""

    SEE_TODAY = "see_today"
    READ_DIRECTORY = "read_directory"
    READ_PATIENT = "read_patient"
    WRITE_PATIENT = "write_patient"
    READ_RECORD = "read_record"
    CHANGE_CARE_TEAM = "change_care_team"
    WRITE_TASK = "write_task"
    OPEN_IN_EMERGENCY = "open_in_emergency"
    READ_VISIT = "read_visit"
    CREATE_VISIT = "create_visit"
    MANAGE_VISIT = "manage_visit"
    CONDUCT_VISIT = "conduct_visit"
    ATTEND_VISIT = "attend_visit"
    USE_OWN_ACCOUNT = "use_own_account"
    READ_OWN_RECORD = "read_own_record"
    PLAN_OWN_VISITS = "plan_own_visits"
    MANAGE_MEMBERS = "manage_members"
    MANAGE_ISSUERS = "manage_issuers"
    MANAGE_ORGANIZATION = "manage_organization"
    ASK_CONSULT = "ask_consult"
    READ_CONSULT = "read_consult"
    CHANGE_CONSULT = "change_consult"
    HOLD_CONSULT = "hold_consult"
    ANSWER_CONSULT = "answer_consult"
    EXPORT_CODES = "export_codes"
    MANAGE_SERVICES = "manage_services"
    SET_DUTY = "set_duty"
    KEEP_HOURS = "keep_hours"
    READ_REPORTS = "read_reports"
    READ_AUDIT = "read_audit"
    READ_CALL_QUALITY = "read_call_quality"


class Why(StrEnum):
    """Why something was allowed or refused, as the audit trail says it."""

    PARTICIPANT = "participant"
    CARE_TEAM = "care team"
    COVERAGE = "coverage"
    EMERGENCY = "break-glass"
    ORGANIZATION = "organization"
    OWN_LINK = "own visit link"
    OWN_RECORD = "own record"
    ELSEWHERE = "another organization"
    ROLE = "role"
    NOT_A_PARTICIPANT = "not a participant"
    NO_TIE = "no tie to the patient"
    NOT_OWN = "not the patient's own"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a member of staff in one acting organization, a patient on one encounter's link or with an account.

    `clinics` are those that the actor covers, `emergencies` the patients whose records are open in an emergency now.
    `also_patient` tells that the account of a member of staff is a patient's own too, which
    this session may go over to.
    `session_key` names the signed-in browser towards the live connections,
    so that they can be closed with it. `proved_at` is when the person was last proved by more than the cookie.
    """

    roles: frozenset[Role]
    organization_id: UUID
    account_id: UUID | None = None
    session_id: UUID | None = None
    session_key: str = ""
    encounter_id: UUID | None = None
    name: str = ""
    address: str = ""
    patient_id: UUID | None = None
    clinics: frozenset[UUID] = field(default_factory=frozenset)
    emergencies: frozenset[UUID] = field(default_factory=frozenset)
    also_patient: bool = False
    proved_at: datetime | None = None

    @property
    def is_patient(self) -> bool:
        """Tell whether this is a patient, on a visit link or with an account."""
        return Role.PATIENT in self.roles

    @property
    def is_clinician(self) -> bool:
        """Tell whether this person may treat patients."""
        return bool(self.roles & CLINICIANS)


@dataclass(frozen=True, slots=True)
class Record:
    """Facts about the record that is asked for.

    `accounts` are of those who take part in the visit or the consult, `care_team` of those in the patient's team now,
    `clinics` are the clinics whose record it is.
    """

    organization_id: UUID
    encounter_id: UUID | None = None
    accounts: frozenset[UUID] = field(default_factory=frozenset)
    patient_id: UUID | None = None
    clinics: frozenset[UUID] = field(default_factory=frozenset)
    care_team: frozenset[UUID] = field(default_factory=frozenset)


@dataclass(frozen=True, slots=True)
class Decision:
    """Allowed or not, whether the record may even be known, and why (for the audit trail)."""

    allowed: bool
    known: bool
    why: str


ROLES: Mapping[Action, frozenset[Role]] = {
    Action.SEE_TODAY: CARERS,
    Action.READ_DIRECTORY: STAFF,
    Action.READ_PATIENT: CARERS,
    Action.WRITE_PATIENT: CARERS,
    Action.READ_RECORD: CARERS,
    Action.CHANGE_CARE_TEAM: CARERS,
    Action.WRITE_TASK: CARERS,
    Action.OPEN_IN_EMERGENCY: CLINICIANS,
    Action.READ_VISIT: CARERS,
    Action.CREATE_VISIT: CARERS,
    Action.MANAGE_VISIT: CARERS,
    Action.CONDUCT_VISIT: CLINICIANS,
    Action.ATTEND_VISIT: _PATIENTS,
    Action.USE_OWN_ACCOUNT: STAFF | _PATIENTS,
    Action.READ_OWN_RECORD: _PATIENTS,
    Action.PLAN_OWN_VISITS: _PATIENTS,
    Action.MANAGE_MEMBERS: _ADMINISTRATORS,
    Action.MANAGE_ISSUERS: _ADMINISTRATORS,
    Action.MANAGE_ORGANIZATION: _ADMINISTRATORS,
    Action.ASK_CONSULT: CLINICIANS,
    Action.READ_CONSULT: CLINICIANS,
    Action.CHANGE_CONSULT: CLINICIANS,
    Action.HOLD_CONSULT: CLINICIANS,
    Action.ANSWER_CONSULT: CLINICIANS,
    Action.EXPORT_CODES: _ADMINISTRATORS,
    Action.MANAGE_SERVICES: _ADMINISTRATORS,
    Action.SET_DUTY: CLINICIANS | _ADMINISTRATORS,
    Action.KEEP_HOURS: STAFF,
    Action.READ_REPORTS: CLINICIANS | _ADMINISTRATORS,
    Action.READ_AUDIT: _ADMINISTRATORS,
    Action.READ_CALL_QUALITY: _ADMINISTRATORS,
}

# What only those may do who take part in the visit, whatever their role; of a consult who asked changes it, who was
# rung answers it, and who asked or took it holds the talk.
PARTICIPANTS_ONLY = frozenset({Action.CONDUCT_VISIT, Action.CHANGE_CONSULT, Action.ANSWER_CONSULT, Action.HOLD_CONSULT})
# What is of one of the staff: theirs to keep, the administrators', and the front desk's of a clinic that it covers.
KEPT = frozenset({Action.KEEP_HOURS, Action.READ_REPORTS, Action.SET_DUTY})
# What needs a tie to the patient beside the role.
TIED = frozenset(
    {
        Action.READ_RECORD,
        Action.CHANGE_CARE_TEAM,
        Action.WRITE_TASK,
        Action.READ_VISIT,
        Action.MANAGE_VISIT,
        Action.READ_CONSULT,
    }
)
# What a record that was opened in an emergency is open for: to be read. It makes nobody a part of the care team.
EMERGENCY_OPENS = frozenset({Action.READ_RECORD, Action.READ_VISIT})


def decide(actor: Actor, action: Action, record: Record) -> Decision:
    """Say whether `actor` may do `action` to a record with these facts, and why."""
    if actor.organization_id != record.organization_id:
        return Decision(False, False, Why.ELSEWHERE)
    if actor.is_patient:
        return _decide_for_patient(actor, action, record)
    if not actor.roles & ROLES[action]:
        return Decision(False, True, Why.ROLE)
    tie = tie_of(actor, record)
    if action in PARTICIPANTS_ONLY and tie is not Why.PARTICIPANT:
        return Decision(False, True, Why.NOT_A_PARTICIPANT)
    if action in KEPT and not _keeps(actor, tie):
        return Decision(False, True, Why.NOT_A_PARTICIPANT)
    if action in TIED and (tie is None or (tie is Why.EMERGENCY and action not in EMERGENCY_OPENS)):
        return Decision(False, True, Why.NO_TIE)
    return Decision(True, True, tie or Why.ORGANIZATION)


def _keeps(actor: Actor, tie: Why | None) -> bool:
    at_the_desk = Role.FRONT_DESK in actor.roles and tie is Why.COVERAGE
    return tie is Why.PARTICIPANT or Role.ADMINISTRATOR in actor.roles or at_the_desk


def tie_of(actor: Actor, record: Record) -> Why | None:
    """Name what ties the actor to the patient of a record, the closest first; None when nothing does."""
    if actor.account_id in record.accounts:
        return Why.PARTICIPANT
    if actor.account_id in record.care_team:
        return Why.CARE_TEAM
    if actor.clinics & record.clinics:
        return Why.COVERAGE
    return Why.EMERGENCY if record.patient_id in actor.emergencies else None


def require(actor: Actor, action: Action, record: Record) -> Decision:
    """Like `decide`, but raises NotFound for a record that may not be known and Forbidden for one that may.

    The error carries the refusal, so that it is written into the audit trail where it is answered.
    """
    decision = decide(actor, action, record)
    if decision.allowed:
        return decision
    raise refusal(action, decision, record)


def refusal(action: Action, decision: Decision, record: Record | None = None) -> CurbsideError:
    """Make the error that answers a refusal."""
    error = Forbidden() if decision.known else NotFound()
    error.refused = Refusal(
        action, decision.why, record.patient_id if record else None, record.encounter_id if record else None
    )
    return error


@dataclass(frozen=True, slots=True)
class Refusal:
    """What was refused, for the audit trail: the action, why, and whose record it was, as far as that is known."""

    action: Action
    why: str
    patient_id: UUID | None = None
    encounter_id: UUID | None = None


def account_of(actor: Actor) -> UUID:
    """Give the account of a member of staff who acts. Raises Forbidden without one."""
    if actor.account_id is None:
        raise Forbidden
    return actor.account_id


def may_open_in_emergency(actor: Actor, refused: object) -> bool:
    """Tell whether breaking the glass is the way on from a refusal: a tie was missing, and the role may."""
    if not isinstance(refused, Refusal) or refused.why != Why.NO_TIE or refused.patient_id is None:
        return False
    return refused.action in EMERGENCY_OPENS and may(actor, Action.OPEN_IN_EMERGENCY)


def may(actor: Actor, action: Action) -> bool:
    """Tell whether the actor's roles allow the action at all, for what a page offers."""
    return bool(actor.roles & ROLES[action])


def _decide_for_patient(actor: Actor, action: Action, record: Record) -> Decision:
    if actor.roles & ROLES[action] == _PATIENTS:
        if record.encounter_id is not None and record.encounter_id == actor.encounter_id:
            return Decision(True, True, Why.OWN_LINK)
        if action in OWN_RECORD and record.patient_id is not None and record.patient_id == actor.patient_id:
            return Decision(True, True, Why.OWN_RECORD)
    return Decision(False, False, Why.NOT_OWN)


# What a patient with an account may do to everything that is about them.
OWN_RECORD = frozenset({Action.READ_OWN_RECORD, Action.PLAN_OWN_VISITS})
