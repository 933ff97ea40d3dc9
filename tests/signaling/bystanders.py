"""Two people in a call while somebody storms the room: what reaches them must be as if nobody did."""

from __future__ import annotations

from random import Random
from typing import Any, Self

from websockets.exceptions import ConnectionClosed

from signaling.client import Client
from signaling.frames import Refusal, parse
from tests.signaling.frames import random_frame
from tests.signaling.server import Running

BURST = 15
"""So many frames a stormer sends on one connection: below the limit of errors, so that most frames are read."""


class Bystanders:
    """The practitioner and the specialist, talking."""

    def __init__(self, pcp: Client, psychiatrist: Client) -> None:
        self.pcp, self.psychiatrist = pcp, psychiatrist
        self.talked = 0

    @classmethod
    async def enter(cls, server: Running) -> Self:
        """Both come into the room."""
        pcp, psychiatrist = await Client.connect(server.url), await Client.connect(server.url)
        await pcp.join(server.ticket("pcp"))
        await pcp.expect("welcome")
        await psychiatrist.join(server.ticket("psychiatrist"))
        await psychiatrist.expect("welcome")
        await pcp.expect("joined")
        return cls(pcp, psychiatrist)

    async def talk(self) -> list[Any]:
        """An offer and a chat message go through; gives what else reached them meanwhile."""
        self.talked += 1
        body = {"link": "p2p:psychiatrist", "instance": "pc.1", "sdp": f"v={self.talked}"}
        await self.pcp.send("offer", body, to="psychiatrist")
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
            known = message.sender in {"pcp", "psychiatrist"}
            (own if known else others).append(message)
            if known and message.id == ref:
                return own, others

    async def leave(self) -> None:
        """Both go home."""
        for client in (self.pcp, self.psychiatrist):
            await client.socket.close()


async def storm(server: Running, chance: Random, count: int) -> int:
    """Send random frames, from connections that have not joined, wait, or are in the call; gives how many were sent."""
    sent = 0
    while sent < count:
        client = await Client.connect(server.url)
        if chance.random() < 0.8:
            await client.join(server.ticket("patient", "admitted" if chance.random() < 0.4 else "waiting"))
        for _ in range(min(BURST, count - sent)):
            sent += 1
            try:
                await client.send_frame(random_frame(chance))
                if chance.random() < 0.02:
                    await send_invalid_text(client)
            except ConnectionClosed:
                break
        await client.socket.close()
    return sent


async def send_invalid_text(client: Client) -> None:
    """Send a text frame that is no UTF-8, and wait for the close that uvicorn answers with."""
    await client.socket.send(b"\xff\xfe\xfd", text=True)
    await client.expect_close()


def may_be_relayed(message: Any) -> bool:
    """An admitted stormer is a participant: what is right in form and from them may be heard. Nothing else may."""
    if message.type == "joined":
        return bool(message.body.participant.id == "patient")
    if message.type == "left":
        return bool(message.body.participant == "patient")
    if message.sender != "patient":
        return False
    return message.type == "chat" or well_formed(message.to_json())


def well_formed(text: str) -> bool:
    """A client could have sent this."""
    try:
        return bool(parse(text))
    except Refusal:
        return False
