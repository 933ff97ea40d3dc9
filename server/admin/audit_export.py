"""The audit trail as a file: a FHIR AuditEvent per line (NDJSON), or a table (CSV). Pure: rows to text."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from server.audit import AuditEvent, AuditSeal
from server.kit.csv_rows import UTF8_MARK, csv_row

# https://hl7.org/fhir/R4/valueset-audit-event-action.html; everything else is E, execute
_KIND = {"create": "C", "read": "R", "update": "U", "prune": "D", "export": "R"}
_OUTCOME = {"success": "0", "denied": "8"}
HEADINGS = (
    "recorded",
    "person",
    "account",
    "roles",
    "action",
    "entity",
    "entity id",
    "patient",
    "patient id",
    "outcome",
    "why",
    "address",
    "event id",
    "sequence",
    "hash",
)


@dataclass(frozen=True, slots=True)
class Names:
    """Names of accounts and patients, and the links of events, by id."""

    accounts: Mapping[UUID, str] = field(default_factory=dict)
    patients: Mapping[UUID, str] = field(default_factory=dict)
    seals: Mapping[UUID, AuditSeal] = field(default_factory=dict)

    def account(self, event: AuditEvent) -> str:
        """Name who did it; empty where nobody was signed in."""
        return self.accounts.get(event.account_id, "") if event.account_id else ""

    def patient(self, event: AuditEvent) -> str:
        """Name whose record it was; empty where it was nobody's."""
        return self.patients.get(event.patient_id, "") if event.patient_id else ""


def ndjson_line(event: AuditEvent, names: Names) -> str:
    """Write an event with FHIR R4's names, and its link in the chain."""
    seal = names.seals.get(event.id)
    resource: dict[str, Any] = {
        "resourceType": "AuditEvent",
        "id": str(event.id),
        "recorded": event.recorded_at.isoformat(),
        "action": _KIND.get(event.action, "E"),
        "subtype": [{"code": event.action}],
        "outcome": _OUTCOME.get(event.outcome, "4"),
        "outcomeDesc": event.outcome,
        "purposeOfEvent": [{"text": event.why}],
        "agent": [_agent(event, names)],
        "source": {"observer": _reference("Organization", event.organization_id)},
        "entity": _entities(event, names),
    }
    if seal is not None:
        resource["seal"] = {"chain": seal.chain, "sequence": seal.sequence, "hash": seal.hash.hex()}
    return json.dumps(resource, ensure_ascii=False) + "\n"


def csv_line(event: AuditEvent, names: Names) -> str:
    """Write an event as a row in the order of `HEADINGS`; no cell can be taken for a formula."""
    seal = names.seals.get(event.id)
    return csv_row(
        event.recorded_at.isoformat(),
        names.account(event),
        event.account_id,
        event.roles,
        event.action,
        event.entity,
        event.entity_id,
        names.patient(event),
        event.patient_id,
        event.outcome,
        event.why,
        event.address,
        event.id,
        seal.sequence if seal else "",
        seal.hash.hex() if seal else "",
    )


def csv_head() -> str:
    """Write the headings, behind the mark by which spreadsheets know UTF-8."""
    return UTF8_MARK + csv_row(*HEADINGS)


def _agent(event: AuditEvent, names: Names) -> dict[str, Any]:
    return {
        "requestor": True,
        "who": _reference("Account", event.account_id, names.account(event)),
        "role": [{"text": role} for role in event.roles.split(",") if role],
        "network": {"address": event.address},
    }


def _entities(event: AuditEvent, names: Names) -> list[dict[str, Any]]:
    entities = [{"what": _reference(event.entity, event.entity_id)}]
    if event.patient_id is not None:
        entities.append({"what": _reference("Patient", event.patient_id, names.patient(event))})
    return entities


def _reference(kind: str, id_: UUID | None, display: str = "") -> dict[str, str]:
    reference = {"reference": f"{kind}/{id_}"} if id_ else {}
    return {"type": kind, **reference, **({"display": display} if display else {})}
