"""What the form of a consult offers: the clinics, whom each may ask, by what means, and what is asked besides."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from server.access import Action, Actor
from server.consults.case_store import last_case, opened_question
from server.consults.question_form import FIELDS, question_values
from server.consults.question_rules import MORE, more_name, prefilled, read_question, required
from server.consults.service_store import offered_at, services_of
from server.consults.service_tables import ConsultService
from server.consults.service_words import MODES
from server.directory import Clinic, Patient, clinics_of, practitioner_of_account
from server.kit.ids import parse_id
from server.visits import last_safety_check, record_of_patient, visit_by_id
from server.web import Deps


@dataclass(frozen=True, slots=True)
class Choices:
    """What the form offers: clinics with the services that cover them, and whom the consult is about.

    `elsewhere` are services that are offered, but that nobody covers for the chosen clinic.
    """

    clinics: Sequence[Clinic]
    services: Sequence[ConsultService]
    elsewhere: Sequence[ConsultService]
    clinic_id: UUID | None
    patient: Patient | None
    encounter_id: UUID | None
    state: str
    previous: dict[str, str]

    def service(self, typed: str) -> ConsultService | None:
        """Give the service that was chosen; the first one as long as none was."""
        if not typed:
            return next(iter(self.services), None)
        return next((one for one in self.services if str(one.id) == typed), None)


@dataclass(frozen=True, slots=True)
class Offer:
    """What may be asked of the chosen `service`: by which `modes`, and which fields it `needs`, as message ids.

    `mode` is the one that was `meant`, or the first where the service does not offer that. `lost` is a service that was
    chosen, but that nobody covers for the clinic. `own` are the service's own questions by
    the field of each, `aside` is what was typed for those of another service.
    """

    service: ConsultService | None
    lost: ConsultService | None
    modes: Mapping[str, str]
    other_modes: Sequence[str]
    mode: str
    meant: str
    needs: Sequence[str]
    own: Mapping[str, str]
    aside: Mapping[str, str]


def offer_of(choices: Choices, values: Mapping[str, str]) -> Offer:
    """Give what may be asked, as far as the form is filled in."""
    typed, meant = values.get("service", ""), _meant(values)
    service = choices.service(typed)
    modes = {one: words for one, words in MODES.items() if service is None or one in service.modes}
    own = {more_name(asked): asked for asked in service.questions} if service else {}
    return Offer(
        service,
        next((one for one in choices.elsewhere if str(one.id) == typed), None),
        modes,
        [words for one, words in MODES.items() if one not in modes],
        meant if meant in modes else next(iter(modes), ""),
        meant,
        [FIELDS[name] for name in required(service.kind) if name != "reason"] if service else [],
        own,
        {name: said for name, said in values.items() if name.startswith(MORE) and said and name not in own},
    )


def _meant(values: Mapping[str, str]) -> str:
    """Give the mode that somebody chose: what stood in for it, where it was not offered, is not what they meant."""
    mode = values.get("mode", "")
    return values.get("meant", "") if mode and mode == values.get("instead") else mode


async def choices_of(session: AsyncSession, tools: Deps, who: Actor, patient: str, visit: str, clinic: str) -> Choices:
    """Give what the form offers for a patient, a visit and a clinic, as their ids were typed or are in the address."""
    about, encounter_id, here = await _about(session, who, parse_id(patient), parse_id(visit))
    clinics = await clinics_of(session, who)
    wanted = here or parse_id(clinic) or await _own_clinic(session, who)
    chosen = next((one.id for one in clinics if one.id == wanted), clinics[0].id if clinics else None)
    covered = await offered_at(session, who, chosen) if chosen else frozenset()
    active = [one for one in await services_of(session, who) if one.active]
    services = [one for one in active if one.id in covered]
    elsewhere = [one for one in active if one.id not in covered]
    previous, state = await _known(session, tools, who, about)
    offered = [one for one in clinics if one.id == here] if here else clinics
    return Choices(offered, services, elsewhere, chosen, about, encounter_id, state, previous)


async def _own_clinic(session: AsyncSession, who: Actor) -> UUID | None:
    mine = await practitioner_of_account(session, who)
    return mine.clinic_id if mine else None


async def _about(
    session: AsyncSession, who: Actor, patient_id: UUID | None, encounter_id: UUID | None
) -> tuple[Patient | None, UUID | None, UUID | None]:
    """Give the patient, the visit, and the clinic that follows from it."""
    if encounter_id:
        visit = await visit_by_id(session, who, Action.CONDUCT_VISIT, encounter_id)
        return visit.patient, visit.encounter.id, visit.clinic.id
    if patient_id:
        record = await record_of_patient(session, who, Action.READ_RECORD, patient_id)
        return record.require().patient, None, None
    return None, None, None


async def _known(session: AsyncSession, tools: Deps, who: Actor, patient: Patient | None) -> tuple[dict[str, str], str]:
    """Give what was asked about the patient the last time, and the state where they were last."""
    if patient is None:
        return {}, ""
    last = await last_case(session, who, patient.id)
    check = await last_safety_check(session, who, patient.id)
    previous = prefilled(read_question(opened_question(tools.keyring, last))) if last else None
    return question_values(previous) if previous else {}, check.state if check else ""
