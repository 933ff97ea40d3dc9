"""The audit trail: append-only events, written in the caller's transaction."""

from server.audit.actions import Subject, note, note_denial, note_read
from server.audit.tables import AuditEvent

__all__ = ["AuditEvent", "Subject", "note", "note_denial", "note_read"]
