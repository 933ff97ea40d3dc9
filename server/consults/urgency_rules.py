"""Pure: how soon somebody needs an answer, and in which way they want it."""

from enum import StrEnum


class Urgency(StrEnum):
    """When the answer is needed: NOW, SOON (within 15 to 30 minutes), TODAY or this WEEK."""

    NOW = "now"
    SOON = "soon"
    TODAY = "today"
    WEEK = "week"


class Mode(StrEnum):
    """How the two want to speak. All but WRITTEN ring."""

    VIDEO = "video"
    AUDIO = "audio"
    CHAT = "chat"
    WRITTEN = "written"


def waits_for_duty(urgency: Urgency) -> bool:
    """Tell whether only somebody on duty can answer in time."""
    return urgency in {Urgency.NOW, Urgency.SOON}


def is_more_urgent(one: Urgency, other: Urgency) -> bool:
    """Tell whether the first is needed sooner than the second."""
    order = list(Urgency)
    return order.index(one) < order.index(other)
