"""The audit trail: append-only events written in the caller's transaction, sealed into a chain that can be proved."""

from server.audit.actions import Subject, note, note_denial, note_found, note_read
from server.audit.chain_rules import Fault, Wrong
from server.audit.chain_store import sealing_lag
from server.audit.denial_actions import count_denials
from server.audit.denial_rules import Tally
from server.audit.middleware import Denials
from server.audit.retention_actions import prune, prune_daily
from server.audit.seal_actions import Sealer, anchor_files
from server.audit.signatures import Signer, key_text, read_key
from server.audit.tables import AuditCheckpoint, AuditEvent, AuditHead, AuditSeal
from server.audit.trail_store import Filter, actions_of, events_of, head_of, looks_at_patient, people_of, seals_of
from server.audit.verify_actions import Evidence, Report, head_fits, verify
from server.audit.words import ACTIONS, ENTITIES, OUTCOMES, ROLES, WHYS

__all__ = [
    "ACTIONS",
    "ENTITIES",
    "OUTCOMES",
    "ROLES",
    "WHYS",
    "AuditCheckpoint",
    "AuditEvent",
    "AuditHead",
    "AuditSeal",
    "Denials",
    "Evidence",
    "Fault",
    "Filter",
    "Report",
    "Sealer",
    "Signer",
    "Subject",
    "Tally",
    "Wrong",
    "actions_of",
    "anchor_files",
    "count_denials",
    "events_of",
    "head_fits",
    "head_of",
    "key_text",
    "looks_at_patient",
    "note",
    "note_denial",
    "note_found",
    "note_read",
    "people_of",
    "prune",
    "prune_daily",
    "read_key",
    "sealing_lag",
    "seals_of",
    "verify",
]
