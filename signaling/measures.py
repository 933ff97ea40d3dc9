"""What signaling counts while it works, for whoever watches the process. Only types, and one that counts nothing.

Every word that is passed here is from a closed set; no room, name or id ever is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, Protocol

from signaling import protocol
from signaling.protocol import Code
from signaling.quality import LinkQuality

Kind = Literal["call", "lobby", "unjoined"]
Ending = Literal[
    "left",
    "lost",
    "restarting",
    "ended",
    "removed",
    "replaced",
    "no_ticket",
    "revoked",
    "unsupported",
    "too_much",
    "other",
]
ENDINGS: Final[Mapping[int | None, Ending]] = {
    None: "lost",
    protocol.CLOSE_LEFT: "left",
    protocol.CLOSE_RESTARTING: "restarting",
    protocol.CLOSE_ENDED: "ended",
    protocol.CLOSE_REMOVED: "removed",
    protocol.CLOSE_REPLACED: "replaced",
    protocol.CLOSE_NO_TICKET: "no_ticket",
    protocol.CLOSE_REVOKED: "revoked",
    protocol.CLOSE_UNSUPPORTED: "unsupported",
    protocol.CLOSE_TOO_MUCH: "too_much",
}


class Measures(Protocol):
    """Takes what is counted. Called on the event loop, many times a second: must not wait and must not fail."""

    def joined(self, kind: Kind, seconds: float) -> None:
        """Count a join, and the seconds from the open socket to it."""

    def join_refused(self, code: Code) -> None:
        """Count a join that was refused."""

    def closed(self, kind: Kind, ending: Ending) -> None:
        """Count a connection that is over."""

    def reconnected(self, how: Literal["resumed", "snapshot"]) -> None:
        """Count somebody who is back: told what they missed, or told everything anew."""

    def received(self, type_: str) -> None:
        """Count a message from a client by its type; `invalid` for a frame that is none."""

    def sent(self, type_: str) -> None:
        """Count a message to a client by its type."""

    def appended(self, seconds: float) -> None:
        """Note how long the backplane took for one entry that may have had to wait."""

    def backplane_lost(self) -> None:
        """Count a link to the backplane that broke."""

    def link(self, quality: LinkQuality) -> None:
        """Note how a link of a call is."""


class Unmeasured:
    """Counts nothing."""

    def joined(self, kind: Kind, seconds: float) -> None:
        """Count nothing."""

    def join_refused(self, code: Code) -> None:
        """Count nothing."""

    def closed(self, kind: Kind, ending: Ending) -> None:
        """Count nothing."""

    def reconnected(self, how: Literal["resumed", "snapshot"]) -> None:
        """Count nothing."""

    def received(self, type_: str) -> None:
        """Count nothing."""

    def sent(self, type_: str) -> None:
        """Count nothing."""

    def appended(self, seconds: float) -> None:
        """Count nothing."""

    def backplane_lost(self) -> None:
        """Count nothing."""

    def link(self, quality: LinkQuality) -> None:
        """Count nothing."""
