"""Two people in a call while somebody storms the room: what reaches them must be as if nobody did."""

from __future__ import annotations

from random import Random
from typing import Any, Protocol, Self

from websockets.exceptions import ConnectionClosed

from signaling.client import Client
from signaling.frames import Refusal, parse
from signaling.protocol import Standing
from tests.signaling.frames import random_frame


class Stormed(Protocol):
    """A server with a room for the three of the cast, who may be called differently there."""

    @property
    def url(self) -> str:
        """Address of its signaling."""
        ...

    def ticket(self, who: str, standing: Standing = "admitted") -> str:
        """Give a ticket for the room."""
        ...

    def name(self, who: str) -> str:
        """Give the participant's id there."""
        ...

    async def connect(self) -> Client:
        """Open a connection."""
        ...


BURST = 15
"""So many frames a stormer sends on one connection: below the limit of errors, so that most frames are read."""


class Bystanders:
    """The practitioner and the specialist, talking."""

    def __init__(self, server: Stormed, pcp: Client, psychiatrist: Client) -> None:
        self.pcp, self.psychiatrist = pcp, psychiatrist
        self._peer = server.name("psychiatrist")
        self._both = {server.name("pcp"), self._peer}
        self.talked = 0

    @classmethod
    async def enter(cls, server: Stormed) -> Self:
        """Both come into the room."""
        pcp, psychiatrist = await server.connect(), await server.connect()
        await pcp.join(server.ticket("pcp"))
        await pcp.expect("welcome")
        await psychiatrist.join(server.ticket("psychiatrist"))
        await psychiatrist.expect("welcome")
        while (await pcp.receive()).type != "joined":
            pass  # what somebody said in a storm before comes once it is kept, after they have gone
        return cls(server, pcp, psychiatrist)

    async def talk(self) -> list[Any]:
        """An offer and a chat message go through; gives what else reached them meanwhile."""
        self.talked += 1
        body = {"link": f"p2p:{self._peer}", "instance": "pc.1", "sdp": f"v={self.talked}"}
        await self.pcp.send("offer", body, to=self._peer)
        ref = await self.psychiatrist.send("chat", {"text": f"{self.talked}"})
        heard, others = await self._until(self.psychiatrist, ref)
        also, more = await self._until(self.pcp, ref)
        assert [m.body.sdp for m in heard if m.type == "offer"] == [body["sdp"]]
        assert [m.body.text for m in also] == [f"{self.talked}"]
        return others + more

    async def _until(self, who: Client, ref: str) -> tuple[list[Any], list[Any]]:
        own: list[Any] = []
        others: list[Any] = []
        while True:
            message: Any = await who.receive()
            known = message.sender in self._both
            (own if known else others).append(message)
            if known and message.id == ref:
                return own, others

    async def leave(self) -> None:
        """Both go home."""
        for client in (self.pcp, self.psychiatrist):
            await client.socket.close()


async def storm(server: Stormed, chance: Random, count: int) -> int:
    """Send random frames, from connections that have not joined, wait, or are in the call; gives how many were sent."""
    sent = 0
    while sent < count:
        client = await server.connect()
        if chance.random() < 0.8:
            await client.join(server.ticket("patient", "admitted" if chance.random() < 0.4 else "waiting"))
        for _ in range(min(BURST, count - sent)):
            sent += 1
            try:
                await client.send_frame(_addressed(server, random_frame(chance)))
                if chance.random() < 0.02:
                    await send_invalid_text(client)
            except ConnectionClosed:
                break
        await client.socket.close()
    return sent


def _addressed(server: Stormed, frame: str | bytes) -> str | bytes:
    if isinstance(frame, str):
        for who in ("pcp", "psychiatrist", "patient"):
            frame = frame.replace(f'"{who}"', f'"{server.name(who)}"')
    return frame


async def send_invalid_text(client: Client) -> None:
    """Send a text frame that is no UTF-8, and wait for the close that uvicorn answers with."""
    await client.socket.send(b"\xff\xfe\xfd", text=True)
    await client.expect_close()


def may_be_relayed(message: Any, stormer: str) -> bool:
    """An admitted stormer is a participant: what is right in form and from them may be heard. Nothing else may."""
    if message.type == "joined":
        return bool(message.body.participant.id == stormer)
    if message.type == "left":
        return bool(message.body.participant == stormer)
    if message.sender != stormer:
        return False
    return message.type == "chat" or well_formed(message.to_json())


def well_formed(text: str) -> bool:
    """A client could have sent this."""
    try:
        return bool(parse(text))
    except Refusal:
        return False
