"""The keys and what they have sealed: the check at the start, how many values each key holds, and re-wrapping them."""

from server.keys.actions import Step, check_keys, forget_key, holds_sealed_values, remember_keys, rewrap_all
from server.keys.store import count_by_key, is_known, stragglers
from server.keys.tables import KeyCheck

__all__ = [
    "KeyCheck",
    "Step",
    "check_keys",
    "count_by_key",
    "forget_key",
    "holds_sealed_values",
    "is_known",
    "remember_keys",
    "rewrap_all",
    "stragglers",
]
