"""Facts and sessions over Redis streams, for signaling in a process of its own that has no database."""

from signaling.apart.consumer import Consumer
from signaling.apart.sender import RemoteApplication

__all__ = ["Consumer", "RemoteApplication"]
