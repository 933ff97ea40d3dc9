"""Keeping which kinds of visit an organization offers, and in which languages its practitioners see patients."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import col, delete

from server.access import Action, Actor, Record, require
from server.audit import Subject, note
from server.directory import practitioners_by_ids
from server.kit import N_, NotFound
from server.kit.ids import new_id
from server.scheduling.schedule_actions import hours_record
from server.scheduling.tables import PractitionerLanguage, VisitType, VisitTypePractitioner
from server.scheduling.visit_type_store import kept_visit_type
from server.web import Deps

LANGUAGE_NAMES: Mapping[str, str] = {
    "en": N_("English"),
    "es": N_("Spanish"),
    "zh": N_("Chinese"),
    "vi": N_("Vietnamese"),
    "tl": N_("Tagalog"),
    "ar": N_("Arabic"),
    "fr": N_("French"),
    "ko": N_("Korean"),
    "ru": N_("Russian"),
    "pt": N_("Portuguese"),
    "ht": N_("Haitian Creole"),
    "de": N_("German"),
    "hi": N_("Hindi"),
    "nv": N_("Navajo"),
}
"""Languages by their ISO 639-1 codes: those that are spoken most, in the order in which they are offered."""


@dataclass(frozen=True, slots=True)
class VisitTypeTerms:
    """What a kind of visit is: its length in minutes, by what means, and who gives it.

    That is everybody of the `specialty`, or without one, those whom `practitioners` names.
    """

    name: str
    name_es: str
    minutes: int
    modality: str
    specialty: str
    practitioners: frozenset[UUID]
    instructions: str
    instructions_es: str
    self_bookable: bool
    active: bool


async def keep_visit_type(deps: Deps, actor: Actor, visit_type_id: UUID | None, terms: VisitTypeTerms) -> UUID:
    """Write a kind of visit, a new one where no id is given; gives its id. Booked visits stay as they are.

    Raises NotFound, also for a practitioner of another organization.
    """
    require(actor, Action.MANAGE_ORGANIZATION, Record(actor.organization_id))
    async with deps.database.write() as session:
        people = await practitioners_by_ids(session, actor, terms.practitioners)
        if len(people) < len(terms.practitioners):
            raise NotFound
        row = VisitType(id=new_id(), organization_id=actor.organization_id, name="", minutes=terms.minutes)
        if visit_type_id is not None:
            row = await kept_visit_type(session, actor, visit_type_id, lock=True)
        row.name, row.name_es, row.minutes, row.modality = terms.name, terms.name_es, terms.minutes, terms.modality
        row.instructions, row.instructions_es = terms.instructions, terms.instructions_es
        row.specialty, row.self_bookable, row.active = terms.specialty, terms.self_bookable, terms.active
        session.add(row)
        await session.flush()
        await session.exec(delete(VisitTypePractitioner).where(col(VisitTypePractitioner.visit_type_id) == row.id))
        session.add_all(VisitTypePractitioner(id=new_id(), visit_type_id=row.id, practitioner_id=id_) for id_ in people)
        note(session, deps.now(), actor, "update" if visit_type_id else "create", Subject("HealthcareService", row.id))
    return row.id


async def keep_languages(deps: Deps, actor: Actor, practitioner_id: UUID, languages: frozenset[str]) -> None:
    """Write in which languages a practitioner sees patients. Raises NotFound, and Forbidden as their hours do."""
    async with deps.database.write() as session:
        practitioner = (await practitioners_by_ids(session, actor, [practitioner_id])).get(practitioner_id)
        if practitioner is None:
            raise NotFound
        require(actor, Action.KEEP_HOURS, hours_record(practitioner))
        theirs = delete(PractitionerLanguage).where(col(PractitionerLanguage.practitioner_id) == practitioner_id)
        await session.exec(theirs)
        session.add_all(
            PractitionerLanguage(id=new_id(), practitioner_id=practitioner_id, language=code)
            for code in sorted(languages)
        )
        note(session, deps.now(), actor, "update", Subject("Practitioner", practitioner_id))
