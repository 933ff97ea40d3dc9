"""What carries the logs of the rooms, and the notices between hubs."""

from signaling.backplane.log import Backplane, Entry, Notice, SessionRevoked, TopicChanged
from signaling.backplane.memory import Memory
from signaling.backplane.orders import SentOrders, TakenOrders
from signaling.backplane.redis import SharedNotices

__all__ = [
    "Backplane",
    "Entry",
    "Memory",
    "Notice",
    "SentOrders",
    "SessionRevoked",
    "SharedNotices",
    "TakenOrders",
    "TopicChanged",
]
