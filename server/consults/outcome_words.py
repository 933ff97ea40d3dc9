"""What people read for how it went after an answer. Ids for gettext."""

from collections.abc import Mapping

from server.kit.forms import N_

COURSES: Mapping[str, str] = {
    "better": N_("Better"),
    "same": N_("Much the same"),
    "worse": N_("Worse"),
    "unknown": N_("Not known"),
}

STATUSES: Mapping[str, str] = {
    "requested": N_("Not taken on yet"),
    "accepted": N_("Taken on"),
    "in-progress": N_("Begun"),
    "completed": N_("Completed"),
    "cancelled": N_("Cancelled"),
}
"""How far the task of an item is."""
