"""Commands for rooms that live in another process: they travel as notices, and that process puts them into its logs."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Final

from signaling.backplane.log import Listener, Notice, Reader, TopicChanged
from signaling.backplane.redis import SharedNotices
from signaling.events import Admit, End, Event, Remove

_ORDER: Final = "order:"


class SentOrders(SharedNotices):
    """The end that serves no room. What Redis does not take now is kept and sent later."""

    async def append(self, room: str, at: datetime, event: Event) -> None:
        """Send a command to whoever serves the room."""
        await self.announce(TopicChanged(_ORDER + room, _written(at, event)))


class TakenOrders(SharedNotices):
    """The end that serves the rooms; there is one."""

    def attach(self, read: Reader, listen: Listener) -> None:
        """Give `read` every entry, commands from elsewhere among them, and `listen` every notice."""

        async def sort(notice: Notice) -> None:
            if isinstance(notice, TopicChanged) and notice.audience.startswith(_ORDER):
                sent = json.loads(notice.topic)
                at = datetime.fromisoformat(sent.pop("at"))
                await self.append(notice.audience.removeprefix(_ORDER), at, _opened(sent))
            else:
                await listen(notice)

        super().attach(read, sort)


def _written(at: datetime, event: Event) -> str:
    match event:
        case Admit():
            fields = {"admit": event.participant}
        case Remove():
            fields = {"remove": event.participant, "reason": event.reason}
        case End():
            fields = {"end": ""}
        case _:
            raise TypeError(f"{type(event).__name__} is no command")
    return json.dumps({"at": at.isoformat(), **fields})


def _opened(fields: dict[str, str]) -> Event:
    if "admit" in fields:
        return Admit(fields["admit"])
    if "remove" in fields:
        return Remove(fields["remove"], fields["reason"])
    return End()
