"""Asking another clinician into a visit that one conducts: from then on they take part in it, as the first one does."""

from uuid import UUID

from server.access import Action, Actor
from server.audit import Subject, note
from server.calls import Live
from server.db import after_commit
from server.kit import N_, Gone, Invalid
from server.scheduling import add_practitioner
from server.visits.actions import OVER
from server.visits.invite_store import may_be_invited
from server.visits.store import visit_by_id
from server.web import Deps


async def invite(
    deps: Deps, live: Live, actor: Actor, encounter_id: UUID | None, practitioner_id: UUID | None, *, agreed: bool
) -> None:
    """Let a colleague take part; asking somebody twice asks once. Their Today shows the visit at once.

    Raises Gone when the visit is over, and Invalid when the patient did not agree or nobody was chosen.
    """
    async with deps.database.write() as session:
        visit = await visit_by_id(session, actor, Action.CONDUCT_VISIT, encounter_id, lock=True)
        if visit.is_over:
            raise Gone(OVER)
        if practitioner_id in {person.id for person in visit.practitioners}:
            return
        if not agreed:
            raise Invalid({"agreed": N_("Ask the patient first.")}, {})
        if practitioner_id not in {person.id for person in await may_be_invited(session, actor, visit)}:
            raise Invalid({"practitioner": N_("Choose who should come in.")}, {})
        add_practitioner(session, visit.appointment, practitioner_id)
        note(session, deps.now(), actor, "invite", Subject("Encounter", visit.encounter.id, visit.patient.id))
        after_commit(session, lambda: live.changed(actor.organization_id, "today"))
