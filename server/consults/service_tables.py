"""Tables of who covers whom: FHIR HealthcareService, its specialists, and in which order they are rung.

Nothing in here is about a patient. The words of the codes are in `service_rules`.
"""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from server.db import id_field, moment_field, ref_field


def _codes() -> Any:
    """Column of a list of codes, in the order in which they are shown."""
    return Field(default_factory=list, sa_type=JSON)


def _once(name: str, *columns: str, where: str) -> Index:
    """Refuse the same twice among the rows for which a condition holds."""
    condition = text(where)
    return Index(name, *columns, unique=True, sqlite_where=condition, postgresql_where=condition)


class ConsultService(SQLModel, table=True):
    """A service that can be asked for advice (FHIR HealthcareService), of one `kind` and `direction`.

    `professions` may answer, every profession when it is empty. `modes` are by what means. `template` names the
    questions that are asked, `questions` are more of them in the service's own words. A live consult is meant to be
    answered within `target_minutes`, a written one is due after `due_hours`. `version` counts the changes of the
    service, of who covers it and of its paths: who saves over somebody else's change is told so.
    """

    __tablename__ = "consult_service"
    __table_args__ = (
        UniqueConstraint("organization_id", "name"),
        CheckConstraint("direction IN ('behavioral', 'medical')", name="direction"),
    )

    id: UUID = id_field()
    organization_id: UUID = ref_field("organization.id", index=False)
    name: str = Field(max_length=80)
    kind: str = Field(max_length=30)
    direction: str = Field(max_length=12)
    professions: list[str] = _codes()
    modes: list[str] = _codes()
    template: str = Field(default="", max_length=30)
    questions: list[str] = _codes()
    target_minutes: int = 5
    due_hours: int = 24
    active: bool = True
    version: int = 1
    changed_at: datetime = moment_field()


class SpecialistGroup(SQLModel, table=True):
    """Specialists who cover together; `version` counts the changes."""

    __tablename__ = "specialist_group"
    __table_args__ = (UniqueConstraint("organization_id", "name"),)

    id: UUID = id_field()
    organization_id: UUID = ref_field("organization.id", index=False)
    name: str = Field(max_length=80)
    version: int = 1


class SpecialistGroupMember(SQLModel, table=True):
    """That a practitioner belongs to a group."""

    __tablename__ = "specialist_group_member"
    __table_args__ = (UniqueConstraint("group_id", "practitioner_id"),)

    id: UUID = id_field()
    organization_id: UUID = ref_field("organization.id")
    group_id: UUID = ref_field("specialist_group.id", index=False)
    practitioner_id: UUID = ref_field("practitioner.id")


class ServiceCoverage(SQLModel, table=True):
    """That a practitioner, or a group, covers a service for a clinic, or for all of them when it names none.

    The first `tier` is asked first, then the second, then the third.
    """

    __tablename__ = "service_coverage"
    __table_args__ = (
        CheckConstraint("(practitioner_id IS NULL) <> (group_id IS NULL)", name="one_cover"),
        CheckConstraint("tier BETWEEN 1 AND 3", name="tier"),
        _once(
            "uq_service_coverage_practitioner_clinic",
            "service_id",
            "practitioner_id",
            "clinic_id",
            where="practitioner_id IS NOT NULL AND clinic_id IS NOT NULL",
        ),
        _once(
            "uq_service_coverage_practitioner",
            "service_id",
            "practitioner_id",
            where="practitioner_id IS NOT NULL AND clinic_id IS NULL",
        ),
        _once(
            "uq_service_coverage_group_clinic",
            "service_id",
            "group_id",
            "clinic_id",
            where="group_id IS NOT NULL AND clinic_id IS NOT NULL",
        ),
        _once(
            "uq_service_coverage_group", "service_id", "group_id", where="group_id IS NOT NULL AND clinic_id IS NULL"
        ),
    )

    id: UUID = id_field()
    organization_id: UUID = ref_field("organization.id")
    service_id: UUID = ref_field("consult_service.id")
    practitioner_id: UUID | None = ref_field("practitioner.id", optional=True)
    group_id: UUID | None = ref_field("specialist_group.id", optional=True)
    clinic_id: UUID | None = ref_field("clinic.id", optional=True)
    tier: int = 1
    active: bool = True


class SpecialistProfile(SQLModel, table=True):
    """How a practitioner takes consults. `duty` is on, off, or hours: by the hours of their schedule.

    On and off hold until `duty_until`, or until they are changed when it is empty; after it the hours count again. At
    most `capacity` consults are open with them at once. They see patients from `min_age` to `max_age` years, both
    included; an empty one sets no bound. Who has no profile is one with these defaults.
    """

    __tablename__ = "specialist_profile"
    __table_args__ = (
        CheckConstraint("duty IN ('on', 'off', 'hours')", name="duty"),
        CheckConstraint("max_age >= min_age", name="ages"),
        CheckConstraint("capacity >= 0", name="capacity"),
    )

    id: UUID = id_field()
    organization_id: UUID = ref_field("organization.id")
    practitioner_id: UUID = ref_field("practitioner.id", unique=True, index=False)
    duty: str = Field(default="hours", max_length=10)
    duty_until: datetime | None = moment_field(optional=True)
    capacity: int = 5
    min_age: int | None = None
    max_age: int | None = None
    changed_at: datetime = moment_field()


class ConsultationRule(SQLModel, table=True):
    """Whether a consultant needs a licence in the patient's state, from one day through another.

    `situation` is patient_present or peer_only. An empty `state` or `profession` is every one. A row without an
    organization came with Curbside; an own one goes before it where both are as close. `source` is where it is found.
    """

    __tablename__ = "consultation_rule"
    __table_args__ = (
        CheckConstraint("situation IN ('patient_present', 'peer_only')", name="situation"),
        CheckConstraint("valid_to >= valid_from", name="days"),
        UniqueConstraint("organization_id", "state", "profession", "situation", "valid_from"),
    )

    id: UUID = id_field()
    organization_id: UUID | None = ref_field("organization.id", optional=True, index=False)
    state: str = Field(default="", max_length=2)
    profession: str = Field(default="", max_length=40)
    situation: str = Field(max_length=20)
    licence_required: bool = True
    valid_from: date
    valid_to: date | None = None
    source: str = Field(default="", max_length=300)


class EscalationPath(SQLModel, table=True):
    """In which order a service is rung for some urgencies.

    The paths of a service are tried by `position`, at most five. A path begins again so many times as `restarts` says.
    `urgencies`, `on_decline` and `on_nobody` are codes of `service_rules`, which says what they mean.
    """

    __tablename__ = "escalation_path"
    __table_args__ = (
        CheckConstraint("position BETWEEN 1 AND 5", name="position"),
        CheckConstraint("restarts BETWEEN 0 AND 3", name="restarts"),
        CheckConstraint("on_decline IN ('next', 'continue')", name="on_decline"),
        CheckConstraint("on_nobody IN ('written', 'next_path')", name="on_nobody"),
    )

    id: UUID = id_field()
    organization_id: UUID = ref_field("organization.id")
    service_id: UUID = ref_field("consult_service.id")
    name: str = Field(max_length=80)
    urgencies: list[str] = _codes()
    position: int
    restarts: int = 0
    on_decline: str = Field(default="next", max_length=10)
    on_nobody: str = Field(default="written", max_length=10)


class EscalationStep(SQLModel, table=True):
    """Who is rung in one step of a path, and for how many seconds.

    `kind` is a `StepKind`.
    """

    __tablename__ = "escalation_step"
    __table_args__ = (
        UniqueConstraint("path_id", "position"),
        CheckConstraint("position BETWEEN 1 AND 10", name="position"),
        CheckConstraint("seconds BETWEEN 10 AND 900", name="seconds"),
        CheckConstraint("kind IN ('person', 'group', 'round_robin', 'everyone_covering')", name="kind"),
        CheckConstraint("(kind = 'person') = (practitioner_id IS NOT NULL)", name="person"),
        CheckConstraint("(kind IN ('group', 'round_robin')) = (group_id IS NOT NULL)", name="group"),
    )

    id: UUID = id_field()
    organization_id: UUID = ref_field("organization.id")
    path_id: UUID = ref_field("escalation_path.id", index=False)
    position: int
    kind: str = Field(max_length=20)
    practitioner_id: UUID | None = ref_field("practitioner.id", optional=True)
    group_id: UUID | None = ref_field("specialist_group.id", optional=True)
    seconds: int = 60
