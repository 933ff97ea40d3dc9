"""The audit trail: append-only events, written in the caller's transaction."""

from server.audit.actions import Subject, note, note_denial, note_read
from server.audit.tables import AuditCheckpoint, AuditEvent, AuditHead, AuditSeal
from server.audit.trail_store import looks_at_patient

__all__ = [
    "AuditCheckpoint",
    "AuditEvent",
    "AuditHead",
    "AuditSeal",
    "Subject",
    "looks_at_patient",
    "note",
    "note_denial",
    "note_read",
]
