"""What facts there are: the one table of how each is told, what it keeps its order with, and which it makes pointless.

Pure. Who comes is told as it is now, so that everything about the same person that still waits need not be told any
more. Who goes is told after the coming that it ends: the application takes it as the end of that one only.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from signaling.ports import Facts, Happened, Joined, Left, Measured, Offline, Online, Said

Presence = Joined | Left | Online | Offline
Story = Measured | Happened
Fact = Presence | Story | Said


@dataclass(frozen=True, slots=True)
class _Kind:
    """One row of the table. `whom` is None for what may be told of nobody's in place of anything else."""

    tell: Callable[[Facts, Any], Awaitable[datetime | None]]
    lane: Callable[[Any], str]
    whom: Callable[[Any], str] | None = None
    begins: bool = False


def _presence(fact: Joined | Left) -> str:
    return f"presence {fact.room}"


def _account(fact: Online | Offline) -> str:
    return f"account {fact.account}"


def _participant(fact: Joined | Left) -> str:
    return fact.participant


def _node(fact: Online | Offline) -> str:
    return fact.node


def _observed(_: Story) -> str:
    return "observed"


_KINDS: Final[Mapping[type[Fact], _Kind]] = {
    Joined: _Kind(lambda facts, fact: facts.joined(fact), _presence, _participant, begins=True),
    Left: _Kind(lambda facts, fact: facts.left(fact), _presence, _participant),
    Online: _Kind(lambda facts, fact: facts.online(fact), _account, _node, begins=True),
    Offline: _Kind(lambda facts, fact: facts.offline(fact), _account, _node),
    Said: _Kind(lambda facts, fact: facts.said(fact), lambda fact: f"chat {fact.room}"),
    Happened: _Kind(lambda facts, fact: facts.observed(fact), _observed),
    Measured: _Kind(lambda facts, fact: facts.observed(fact), _observed),
}


def lane(fact: Fact) -> str:
    """Name what a fact keeps its order with."""
    return _KINDS[type(fact)].lane(fact)


def whom(fact: Fact) -> str | None:
    """Name whom a fact is about in its lane; None for one that is told whatever comes after it."""
    about = _KINDS[type(fact)].whom
    return about(fact) if about else None


def begins(fact: Fact) -> bool:
    """Tell whether what waits in the fact's lane about the same person is pointless beside it."""
    return _KINDS[type(fact)].begins


async def tell(facts: Facts, fact: Fact) -> datetime | None:
    """Tell the application; gives the time of the row of a chat message. Raises whatever the application fails with."""
    return await _KINDS[type(fact)].tell(facts, fact)
