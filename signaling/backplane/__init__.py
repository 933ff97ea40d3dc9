"""What carries the logs of the rooms, and the notices between hubs."""

from signaling.backplane.log import Backplane, Entry, Notice, SessionRevoked, TopicChanged
from signaling.backplane.memory import Memory
from signaling.backplane.redis import SharedNotices

__all__ = ["Backplane", "Entry", "Memory", "Notice", "SessionRevoked", "SharedNotices", "TopicChanged"]
