"""Curbside consults: asking, matching, ringing, answering, and the time they take."""

from server.consults.urgency_rules import Mode, Urgency

__all__ = ["Mode", "Urgency"]
