"""Writing denials: each in a transaction of its own, before the refusal is answered, and storms as a count."""

from server.audit.actions import Subject, note_denial
from server.audit.denial_rules import Denial, Tally
from server.web import Deps


async def keep_denial(deps: Deps, tally: Tally, denial: Denial) -> None:
    """Make durable that something was refused, or count it where the same was refused too often this minute."""
    await count_denials(deps, tally)
    if tally.is_new(denial, deps.now()):
        await _write(deps, denial, "")


async def count_denials(deps: Deps, tally: Tally, *, at_once: bool = False) -> bool:
    """Write how many denials of the minutes that are over were only counted; `at_once` does not wait for the end."""
    for denial, count in tally.all() if at_once else tally.over(deps.now()):
        await _write(deps, denial, f", {count} more times")
    return False


async def _write(deps: Deps, denial: Denial, more: str) -> None:
    refused = denial.refusal
    entity = "Encounter" if refused.encounter_id else "Patient" if refused.patient_id else "Page"
    subject = Subject(entity, refused.encounter_id or refused.patient_id, refused.patient_id)
    why = f"{refused.why}: {denial.route}{more}"[:200]
    await note_denial(deps, denial.actor, refused.action, subject, why, denial.address)
