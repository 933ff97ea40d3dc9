"""Visits of whose patients senders remind while they are killed: what was due, and what became of it in the rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import select

from server.calls import open_room
from server.directory import Clinic, Organization, Patient, Practitioner
from server.directory.store import PatientContact, keep_contact
from server.identity import LinkTerms, make_link
from server.kit import new_secret, utc_now
from server.kit.ids import OrganizationId, new_id
from server.outbox import OutboxMessage
from server.scheduling import Appointment, AppointmentParticipant
from server.visits import Encounter
from server.web import Deps
from tests.soak.sender import REMINDERS

VISITS = 2


class Visits:
    """The clinic, its patient, and visits of which one reminder is due when the senders look."""

    def __init__(self, deps: Deps, home: OrganizationId) -> None:
        self._deps, self._home = deps, home
        self._clinic = Clinic(
            id=new_id(), organization_id=home, name="Cedar Creek Clinic", phone="406-555-0142", time_zone="UTC"
        )
        self._practitioner = Practitioner(
            id=new_id(),
            organization_id=home,
            clinic_id=self._clinic.id,
            title="Dr.",
            given_name="Rose",
            family_name="Okafor",
            specialty="Primary care",
            profession="physician",
        )
        self._patient = Patient(
            id=new_id(),
            organization_id=home,
            given_name="Maria",
            family_name="Alvarez",
            given_key="maria",
            family_key="alvarez",
            birth_date=date(1992, 4, 17),
            language="en",
            time_zone="UTC",
            text_reminders=True,
            created_at=utc_now(),
        )
        keep_contact(deps.keyring, self._patient, PatientContact("406-555-0177", "m.alvarez@example.org", ""))

    async def make(self) -> None:
        """Make the organization, the clinic and the patient."""
        async with self._deps.database.write() as session:
            session.add_all([Organization(id=self._home, name="Cedar Creek Health"), self._clinic])
            session.add_all([self._practitioner, self._patient])

    async def book(self, ahead: float) -> list[UUID]:
        """Book visits of which the first reminder is due for senders whose clocks are so many seconds ahead."""
        starts_at = utc_now() + timedelta(seconds=ahead, minutes=max(REMINDERS))
        return [await self._book(starts_at) for _ in range(VISITS)]

    async def _book(self, starts_at: datetime) -> UUID:
        deps = self._deps
        whose: dict[str, Any] = {"organization_id": self._home}
        ends_at, now = starts_at + timedelta(minutes=20), utc_now()
        appointment = Appointment(
            id=new_id(),
            clinic_id=self._clinic.id,
            status="booked",
            starts_at=starts_at,
            ends_at=ends_at,
            time_zone="UTC",
            created_at=now,
            **whose,
        )
        people: tuple[dict[str, Any], ...] = (
            {"practitioner_id": self._practitioner.id},
            {"patient_id": self._patient.id},
        )
        encounter_id = new_id()
        async with deps.database.write() as session:
            terms = LinkTerms(self._home, "visit", encounter_id, starts_at, ends_at, "1992-04-17")
            link = await make_link(session, deps, terms, new_secret())
            room = open_room(session, self._home, now)
            session.add(appointment)
            session.add_all(
                AppointmentParticipant(id=new_id(), appointment_id=appointment.id, **whose, **one) for one in people
            )
            session.add(
                Encounter(
                    id=encounter_id,
                    appointment_id=appointment.id,
                    patient_id=self._patient.id,
                    room_id=room.id,
                    link_id=link.id,
                    status="planned",
                    **whose,
                )
            )
        return encounter_id

    async def queued(self, encounter_ids: Sequence[UUID]) -> Mapping[str, tuple[int, int]]:
        """Give how many mails and texts were queued of each visit."""
        query = select(OutboxMessage.about_id, OutboxMessage.channel)
        async with self._deps.database.read() as session:
            found = Counter((await session.exec(query)).all())
        return {str(id_): (found[id_, "mail"], found[id_, "text"]) for id_ in encounter_ids}
