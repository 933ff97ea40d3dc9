"""Tables of scheduling: FHIR Schedule and what it says, HealthcareService, Appointment and its participants."""

from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, LargeBinary, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from server.db import id_field, moment_field, ref_field, sealed_field


def _where(condition: str) -> dict[str, Any]:
    """Have an index of either database take in only the rows for which a condition holds."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


class Appointment(SQLModel, table=True):
    """A planned meeting. `status` is a FHIR code: pending, booked, arrived, fulfilled, cancelled or noshow.

    Pending is held for somebody until `held_until`. `sequence` counts the changes of its time, as invitations number
    them (RFC 5545 SEQUENCE). `cancel_reason` is a code of FHIR's appointment-cancellation-reason; `overbook_reason` is
    why somebody booked it over another appointment, `time_set_at` when it was given its time. `missed_at` is when it
    was found that nobody came; taken back, it stays, so that the server does not find it again by itself.
    """

    __tablename__ = "appointment"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        Index("ix_appointment_organization_id_starts_at", "organization_id", "starts_at"),
        Index("ix_appointment_starts_at", "starts_at"),
    )

    id: UUID = id_field()
    organization_id: UUID = ref_field("organization.id", index=False)
    clinic_id: UUID = ref_field("clinic.id")
    visit_type_id: UUID | None = ref_field("visit_type.id", optional=True)
    status: str = Field(max_length=20)
    starts_at: datetime = moment_field()
    ends_at: datetime = moment_field()
    time_zone: str = Field(max_length=40)
    reason: bytes | None = sealed_field(optional=True)
    created_at: datetime = moment_field()
    created_by: UUID | None = ref_field("account.id", optional=True)
    held_until: datetime | None = moment_field(optional=True)
    sequence: int = 0
    cancelled_at: datetime | None = moment_field(optional=True)
    cancel_reason: str = Field(default="", max_length=20)
    missed_at: datetime | None = moment_field(optional=True)
    overbook_reason: bytes | None = sealed_field(optional=True)
    time_set_at: datetime | None = moment_field(optional=True)


class AppointmentParticipant(SQLModel, table=True):
    """One practitioner or one patient of an appointment. `status` is a FHIR code: needs-action, or accepted.

    A practitioner's time is taken from `busy_from` until `busy_until`, with the time before and after that they asked
    for; both are empty when the appointment takes no time any more. Two spans of one practitioner that overlap are
    refused by the database itself, unless one is `overbooked`.
    """

    __tablename__ = "appointment_participant"
    __table_args__ = (
        CheckConstraint("(practitioner_id IS NULL) <> (patient_id IS NULL)", name="one_person"),
        CheckConstraint("(busy_from IS NULL) = (busy_until IS NULL)", name="busy_whole"),
        CheckConstraint("busy_until > busy_from", name="busy_ends_after_start"),
        Index("uq_appointment_participant_practitioner", "appointment_id", "practitioner_id", unique=True),
        Index("uq_appointment_participant_patient", "appointment_id", "patient_id", unique=True),
        Index("ix_appointment_participant_practitioner_id_busy_from", "practitioner_id", "busy_from"),
    )

    id: UUID = id_field()
    organization_id: UUID = ref_field("organization.id")
    appointment_id: UUID = ref_field("appointment.id")
    practitioner_id: UUID | None = ref_field("practitioner.id", optional=True, index=False)
    patient_id: UUID | None = ref_field("patient.id", optional=True)
    status: str = Field(default="accepted", max_length=20)
    busy_from: datetime | None = moment_field(optional=True)
    busy_until: datetime | None = moment_field(optional=True)
    overbooked: bool = False


class VisitType(SQLModel, table=True):
    """A kind of visit that is offered (FHIR HealthcareService): its length in minutes, and by what means.

    `modality` is video or in-person. With a `specialty` it is given by everybody of that specialty, else by those whom
    `visit_type_practitioner` names. `instructions` are what patients read before and after booking.
    """

    __tablename__ = "visit_type"

    id: UUID = id_field()
    organization_id: UUID = ref_field("organization.id")
    name: str = Field(max_length=80)
    name_es: str = Field(default="", max_length=80)
    minutes: int
    modality: str = Field(default="video", max_length=10)
    specialty: str = Field(default="", max_length=60)
    instructions: str = Field(default="", max_length=1000)
    instructions_es: str = Field(default="", max_length=1000)
    self_bookable: bool = False
    active: bool = True


class VisitTypePractitioner(SQLModel, table=True):
    """Who gives a kind of visit."""

    __tablename__ = "visit_type_practitioner"
    __table_args__ = (UniqueConstraint("visit_type_id", "practitioner_id"),)

    id: UUID = id_field()
    visit_type_id: UUID = ref_field("visit_type.id", index=False)
    practitioner_id: UUID = ref_field("practitioner.id")


class PractitionerSchedule(SQLModel, table=True):
    """When a practitioner can be booked (FHIR Schedule): the zone their days are counted in, and the limits.

    `version` counts the changes: who saves over somebody else's change is told so.
    """

    __tablename__ = "practitioner_schedule"

    id: UUID = id_field()
    organization_id: UUID = ref_field("organization.id")
    practitioner_id: UUID = ref_field("practitioner.id", unique=True, index=False)
    time_zone: str = Field(max_length=40)
    before_minutes: int = 0
    after_minutes: int = 0
    notice_minutes: int = 0
    horizon_days: int = 90
    daily_maximum: int | None = None
    step_minutes: int = 15
    version: int = 1
    changed_at: datetime = moment_field()


class ScheduleRule(SQLModel, table=True):
    """Hours on one weekday (0 is Monday) by a wall clock, in a zone; `skipped` and `repeated` are for clock changes."""

    __tablename__ = "schedule_rule"

    id: UUID = id_field()
    schedule_id: UUID = ref_field("practitioner_schedule.id")
    weekday: int
    starts: time
    ends: time
    time_zone: str = Field(max_length=40)
    clinic_id: UUID | None = ref_field("clinic.id", optional=True)
    video_only: bool = False
    valid_from: date | None = None
    valid_until: date | None = None
    skipped: str = Field(default="shorten", max_length=10)
    repeated: str = Field(default="earlier", max_length=10)


class ScheduleException(SQLModel, table=True):
    """Other hours on one date, or none when both times are empty."""

    __tablename__ = "schedule_exception"
    __table_args__ = (CheckConstraint("(starts IS NULL) = (ends IS NULL)", name="hours_whole"),)

    id: UUID = id_field()
    schedule_id: UUID = ref_field("practitioner_schedule.id")
    day: date
    starts: time | None = None
    ends: time | None = None
    clinic_id: UUID | None = ref_field("clinic.id", optional=True)
    video_only: bool = False
    starts_meant: str | None = Field(default=None, max_length=10)
    ends_meant: str | None = Field(default=None, max_length=10)


class ScheduleLeave(SQLModel, table=True):
    """Days on which a practitioner is away, both included."""

    __tablename__ = "schedule_leave"
    __table_args__ = (CheckConstraint("last_day >= first_day", name="last_after_first"),)

    id: UUID = id_field()
    schedule_id: UUID = ref_field("practitioner_schedule.id")
    first_day: date
    last_day: date


class OrganizationHoliday(SQLModel, table=True):
    """A day on which an organization is closed."""

    __tablename__ = "organization_holiday"
    __table_args__ = (UniqueConstraint("organization_id", "day"),)

    id: UUID = id_field()
    organization_id: UUID = ref_field("organization.id", index=False)
    day: date
    name: str = Field(max_length=80)


class PractitionerLanguage(SQLModel, table=True):
    """A language, by its ISO 639-1 code, in which a practitioner sees patients."""

    __tablename__ = "practitioner_language"
    __table_args__ = (UniqueConstraint("practitioner_id", "language"),)

    id: UUID = id_field()
    practitioner_id: UUID = ref_field("practitioner.id", index=False)
    language: str = Field(max_length=5)


class AppointmentReminder(SQLModel, table=True):
    """That a reminder was dealt with: so many minutes before this time (`sequence`) of an appointment, once for all.

    It was mailed, texted, both, or neither because it was not wanted or came too late.
    """

    __tablename__ = "appointment_reminder"
    __table_args__ = (UniqueConstraint("appointment_id", "sequence", "minutes_before"),)

    id: UUID = id_field()
    organization_id: UUID = ref_field("organization.id")
    appointment_id: UUID = ref_field("appointment.id", index=False)
    sequence: int
    minutes_before: int
    handled_at: datetime = moment_field()
    mailed: bool = False
    texted: bool = False


class FreedTime(SQLModel, table=True):
    """A time that somebody gave back, to be offered to who waits. `status` is open, taken or closed.

    `by_hand` is one that staff offer to one person: it goes to nobody else.
    """

    __tablename__ = "freed_time"
    __table_args__ = (Index("ix_freed_time_status_starts_at", "status", "starts_at"),)

    id: UUID = id_field()
    organization_id: UUID = ref_field("organization.id")
    clinic_id: UUID = ref_field("clinic.id")
    practitioner_id: UUID = ref_field("practitioner.id")
    starts_at: datetime = moment_field()
    ends_at: datetime = moment_field()
    freed_at: datetime = moment_field()
    status: str = Field(default="open", max_length=10)
    by_hand: bool = False


class WaitlistEntry(SQLModel, table=True):
    """That a patient waits for a time: how long, with whom, where they will be, on which days and at what times.

    It is with one practitioner, or with anybody of a specialty. With an `appointment_id` they have a visit and want it
    earlier. `status` is waiting, booked, removed or ended. Days
    (0 is Monday) and times are by the patient's own clock.
    """

    __tablename__ = "waitlist_entry"
    __table_args__ = (
        CheckConstraint("latest > earliest", name="latest_after_earliest"),
        Index("ix_waitlist_entry_organization_id_status", "organization_id", "status"),
    )

    id: UUID = id_field()
    organization_id: UUID = ref_field("organization.id", index=False)
    clinic_id: UUID = ref_field("clinic.id")
    patient_id: UUID = ref_field("patient.id")
    appointment_id: UUID | None = ref_field("appointment.id", optional=True)
    practitioner_id: UUID | None = ref_field("practitioner.id", optional=True)
    specialty: str = Field(default="", max_length=60)
    minutes: int
    state: str = Field(max_length=2)
    weekdays: str = Field(max_length=7)
    earliest: time
    latest: time
    last_day: date
    notice_minutes: int
    status: str = Field(default="waiting", max_length=10)
    added_at: datetime = moment_field()
    added_by: UUID | None = ref_field("account.id", optional=True)
    ended_at: datetime | None = moment_field(optional=True)


class WaitlistOffer(SQLModel, table=True):
    """A freed time, held for somebody who waits until `expires_at`. `status` is offered, or how the offer ended.

    It ends accepted, declined, expired or withdrawn. A time is offered to one person at once, and a person one time.
    """

    __tablename__ = "waitlist_offer"
    __table_args__ = (
        UniqueConstraint("freed_time_id", "entry_id"),
        Index("uq_waitlist_offer_time", "freed_time_id", unique=True, **_where("status = 'offered'")),
        Index("uq_waitlist_offer_entry", "entry_id", unique=True, **_where("status = 'offered'")),
        Index("ix_waitlist_offer_status_expires_at", "status", "expires_at"),
    )

    id: UUID = id_field()
    organization_id: UUID = ref_field("organization.id")
    entry_id: UUID = ref_field("waitlist_entry.id")
    freed_time_id: UUID = ref_field("freed_time.id", index=False)
    appointment_id: UUID = ref_field("appointment.id")
    token_hash: bytes = Field(sa_type=LargeBinary, unique=True)
    wrong_answers: int = 0
    status: str = Field(default="offered", max_length=10)
    offered_at: datetime = moment_field()
    expires_at: datetime = moment_field()
    answered_at: datetime | None = moment_field(optional=True)


class CalendarAddress(SQLModel, table=True):
    """A secret address at which a practitioner's calendar can be read; `detail` is busy or full."""

    __tablename__ = "calendar_address"

    id: UUID = id_field()
    organization_id: UUID = ref_field("organization.id")
    practitioner_id: UUID = ref_field("practitioner.id", unique=True, index=False)
    token_hash: bytes = Field(sa_type=LargeBinary, unique=True)
    detail: str = Field(max_length=10)
    created_at: datetime = moment_field()


class CalendarFeed(SQLModel, table=True):
    """Another calendar of a practitioner, read again and again as busy time.

    `due_at` is when it is looked at next, or until when somebody does it now. `filled_at` is when it was last read
    whole, `read_at` when its server last said what is in it or that nothing changed; `failures` counts those since.
    `unread` events could not be understood, `guessed` ones name a zone that nobody knows.
    """

    __tablename__ = "calendar_feed"

    id: UUID = id_field()
    organization_id: UUID = ref_field("organization.id")
    practitioner_id: UUID = ref_field("practitioner.id")
    address: bytes = sealed_field()
    etag: str = Field(default="", max_length=200)
    trouble: str = Field(default="", max_length=20)
    failures: int = 0
    unread: int = 0
    guessed: int = 0
    created_at: datetime = moment_field()
    due_at: datetime = moment_field(index=True)
    checked_at: datetime | None = moment_field(optional=True)
    read_at: datetime | None = moment_field(optional=True)
    filled_at: datetime | None = moment_field(optional=True)


class CalendarBusy(SQLModel, table=True):
    """A time that another calendar of a practitioner takes."""

    __tablename__ = "calendar_busy"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        UniqueConstraint("feed_id", "starts_at"),
        Index("ix_calendar_busy_practitioner_id_starts_at", "practitioner_id", "starts_at"),
    )

    id: UUID = id_field()
    organization_id: UUID = ref_field("organization.id")
    feed_id: UUID = ref_field("calendar_feed.id", index=False)
    practitioner_id: UUID = ref_field("practitioner.id", index=False)
    starts_at: datetime = moment_field()
    ends_at: datetime = moment_field()


class Meeting(SQLModel, table=True):
    """A meeting of practitioners without a patient in it, once or every week: a team meeting, a case conference."""

    __tablename__ = "meeting"

    id: UUID = id_field()
    organization_id: UUID = ref_field("organization.id")
    clinic_id: UUID = ref_field("clinic.id")
    title: bytes = sealed_field()
    created_at: datetime = moment_field()
    created_by: UUID = ref_field("account.id")


class MeetingDate(SQLModel, table=True):
    """That an appointment is one date of a meeting; those who come are the appointment's practitioners."""

    __tablename__ = "meeting_date"

    id: UUID = id_field()
    organization_id: UUID = ref_field("organization.id")
    meeting_id: UUID = ref_field("meeting.id")
    appointment_id: UUID = ref_field("appointment.id", unique=True, index=False)


class MeetingPatient(SQLModel, table=True):
    """A patient whom a meeting is about. They do not come, so they are no participants of its appointments."""

    __tablename__ = "meeting_patient"
    __table_args__ = (UniqueConstraint("meeting_id", "patient_id"),)

    id: UUID = id_field()
    organization_id: UUID = ref_field("organization.id")
    meeting_id: UUID = ref_field("meeting.id", index=False)
    patient_id: UUID = ref_field("patient.id")
    added_at: datetime = moment_field()
