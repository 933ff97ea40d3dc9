"""What carries the logs of the rooms, and the notices between hubs."""

from signaling.backplane.log import (
    Backplane,
    Entry,
    LogLost,
    Notice,
    Past,
    Reader,
    SessionRevoked,
    TopicChanged,
)
from signaling.backplane.memory import Memory

__all__ = [
    "Backplane",
    "Entry",
    "LogLost",
    "Memory",
    "Notice",
    "Past",
    "Reader",
    "SessionRevoked",
    "TopicChanged",
]
