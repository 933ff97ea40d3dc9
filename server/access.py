"""The one access policy. Pure: an actor, an action and facts about the record give allowed or not, and why.

Deny by default. A store function asks with the record's facts before it gives anything away; `NotFound` hides records
of other organizations, `Forbidden` answers a person who may know that the record exists.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from server.kit.errors import Forbidden, NotFound


class Role(StrEnum):
    """What a person is in an organization (membership), or a patient on a visit link."""

    PCP = "pcp"
    SPECIALIST = "specialist"
    CARE_MANAGER = "caremanager"
    FRONT_DESK = "frontdesk"
    ADMINISTRATOR = "admin"
    PATIENT = "patient"


CLINICIANS = frozenset({Role.PCP, Role.SPECIALIST, Role.CARE_MANAGER})
STAFF = CLINICIANS | {Role.FRONT_DESK, Role.ADMINISTRATOR}


class Action(StrEnum):
    """Everything that may be done to a record."""

    SEE_TODAY = "see_today"
    READ_DIRECTORY = "read_directory"
    READ_PATIENT = "read_patient"
    WRITE_PATIENT = "write_patient"
    READ_VISIT = "read_visit"
    CREATE_VISIT = "create_visit"
    MANAGE_VISIT = "manage_visit"
    CONDUCT_VISIT = "conduct_visit"
    ATTEND_VISIT = "attend_visit"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a member of staff in one acting organization, or a patient on the link of one encounter.

    `session_key` names the signed-in browser towards the live connections, so that they can be closed with it.
    """

    roles: frozenset[Role]
    organization_id: UUID
    account_id: UUID | None = None
    session_id: UUID | None = None
    session_key: str = ""
    encounter_id: UUID | None = None
    name: str = ""
    address: str = ""

    @property
    def is_patient(self) -> bool:
        """Tell whether this is a patient on a visit link."""
        return Role.PATIENT in self.roles

    @property
    def is_clinician(self) -> bool:
        """Tell whether this person may treat patients."""
        return bool(self.roles & CLINICIANS)


@dataclass(frozen=True, slots=True)
class Record:
    """Facts about the record that is asked for; `accounts` are those of the practitioners who take part in it."""

    organization_id: UUID
    encounter_id: UUID | None = None
    accounts: frozenset[UUID] = field(default_factory=frozenset)


@dataclass(frozen=True, slots=True)
class Decision:
    """Allowed or not, whether the record may even be known, and why (for the audit trail)."""

    allowed: bool
    known: bool
    why: str


ROLES: Mapping[Action, frozenset[Role]] = {
    Action.SEE_TODAY: STAFF,
    Action.READ_DIRECTORY: STAFF,
    Action.READ_PATIENT: STAFF,
    Action.WRITE_PATIENT: STAFF,
    Action.READ_VISIT: STAFF,
    Action.CREATE_VISIT: STAFF,
    Action.MANAGE_VISIT: STAFF,
    Action.CONDUCT_VISIT: CLINICIANS,
    Action.ATTEND_VISIT: frozenset({Role.PATIENT}),
}

# What only those may do who take part in the visit, whatever their role.
PARTICIPANTS_ONLY = frozenset({Action.CONDUCT_VISIT})


def decide(actor: Actor, action: Action, record: Record) -> Decision:
    """Say whether `actor` may do `action` to a record with these facts, and why."""
    if actor.organization_id != record.organization_id:
        return Decision(False, False, "another organization")
    if actor.is_patient:
        return _decide_for_patient(actor, action, record)
    if not actor.roles & ROLES[action]:
        return Decision(False, True, "role")
    if action in PARTICIPANTS_ONLY and actor.account_id not in record.accounts:
        return Decision(False, True, "not a participant")
    return Decision(True, True, "participant" if actor.account_id in record.accounts else "organization")


def require(actor: Actor, action: Action, record: Record) -> Decision:
    """Like `decide`, but raises NotFound for a record that may not be known and Forbidden for one that may."""
    decision = decide(actor, action, record)
    if decision.allowed:
        return decision
    raise Forbidden if decision.known else NotFound


def may(actor: Actor, action: Action) -> bool:
    """Tell whether the actor's roles allow the action at all, for what a page offers."""
    return bool(actor.roles & ROLES[action])


def _decide_for_patient(actor: Actor, action: Action, record: Record) -> Decision:
    own = record.encounter_id is not None and record.encounter_id == actor.encounter_id
    if own and Role.PATIENT in ROLES[action]:
        return Decision(True, True, "own visit link")
    return Decision(False, False, "not this link's visit")
