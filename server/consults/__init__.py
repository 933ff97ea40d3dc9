"""Curbside consults: asking, matching, ringing, answering, and the time they take."""

__all__: list[str] = []
