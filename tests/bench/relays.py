"""Curbside and three others as the same relay: how each is started, joined and spoken to, for a benchmark beside."""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from websockets.asyncio.client import ClientConnection, connect

from tests.load.crowd import Crowd

PEERS = Path(__file__).parent / "peers"
FRAME_BYTES = 300
MARK = "@@"


class Relay(Protocol):
    """A running relay. People are numbered; 0 and 1 share the first room, 2 and 3 the next one, and so on."""

    name: str
    pid: int

    async def enter(self, person: int) -> ClientConnection:
        """Connect somebody, until they can be reached."""
        ...

    def frame(self, person: int, ref: int, stamp: float) -> str:
        """Give a frame of 300 bytes for the other one in the room; it carries a time between two marks."""
        ...


class Ours:
    """Curbside: rooms of two in a real server's database. On two nodes, the two of a room are on different ones."""

    name = "curbside"

    def __init__(self, crowd: Crowd) -> None:
        self._crowd = crowd
        self.pid = crowd.nodes[0].pid

    async def enter(self, person: int) -> ClientConnection:
        """Join the room."""
        room, seat = divmod(person, 2)
        client = await self._crowd.enter(room, seat, seat % len(self._crowd.nodes))
        return client.socket

    def frame(self, person: int, ref: int, stamp: float) -> str:
        """An ICE candidate, the most frequent message there is."""
        room, seat = divmod(person, 2)
        return _candidate(str(self._crowd.seats[room][1 - seat]), ref, stamp)


class Ws:
    """npm `ws`."""

    name, program = "ws", "ws.mjs"

    def __init__(self, pid: int, port: int) -> None:
        self.pid, self.port = pid, port

    async def enter(self, person: int) -> ClientConnection:
        """Connect."""
        return await _open(f"ws://127.0.0.1:{self.port}/?id=p{person}")

    def frame(self, person: int, ref: int, stamp: float) -> str:
        """The same message as ours."""
        return _candidate(f"p{person ^ 1}", ref, stamp)


class SocketIo(Ws):
    """socket.io, over WebSocket from the start."""

    name, program = "socket.io", "socketio.mjs"

    async def enter(self, person: int) -> ClientConnection:
        """Connect, and join the main namespace."""
        socket = await _open(f"ws://127.0.0.1:{self.port}/socket.io/?EIO=4&transport=websocket&id=p{person}")
        await socket.recv()
        await socket.send("40")
        await socket.recv()
        return socket

    def frame(self, person: int, ref: int, stamp: float) -> str:
        """The same message as ours, as an event."""
        return f'42["signal",{_candidate(f"p{person ^ 1}", ref, stamp, 14)}]'


class PeerJs(Ws):
    """The PeerJS server."""

    name, program = "PeerJS", "peer.mjs"

    async def enter(self, person: int) -> ClientConnection:
        """Connect, until the server says OPEN."""
        socket = await _open(f"ws://127.0.0.1:{self.port}/peerjs?key=peerjs&id=p{person}&token=t{person}")
        await socket.recv()
        return socket

    def frame(self, person: int, ref: int, stamp: float) -> str:
        """The same content in the form that it relays."""
        message = {"type": "CANDIDATE", "dst": f"p{person ^ 1}", "payload": _content(ref, stamp)}
        return _padded(json.dumps(message), FRAME_BYTES)


@contextmanager
def running(relay: type[Ws]) -> Iterator[Ws]:
    """Run one of the Node programs."""
    command = ["node", str(PEERS / relay.program)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield relay(process.pid, int(process.stdout.readline() if process.stdout else ""))
        finally:
            process.kill()


async def answer_pings(relay: Relay, socket: ClientConnection) -> None:
    """Keep an idle connection open: read what comes; socket.io asks in messages of its own."""
    async for text in socket:
        if isinstance(relay, SocketIo) and text == "2":
            await socket.send("3")


def stamp_of(text: str | bytes) -> float | None:
    """Read the time in a relayed frame; None for any other frame."""
    parts = str(text).split(MARK)
    return float(parts[1]) if len(parts) == 3 else None


async def _open(address: str) -> ClientConnection:
    async with asyncio.timeout(20):
        return await connect(address, compression=None, proxy=None, ping_interval=None)


def _content(ref: int, stamp: float) -> dict[str, object]:
    candidate = f"candidate:{ref} 1 udp 2122260223 {MARK}{stamp:.6f}{MARK} 50001 typ host "
    return {"link": "p2p:x", "instance": "9f2.1", "candidate": {"candidate": candidate, "sdpMid": "0"}}


def _candidate(to: str, ref: int, stamp: float, around: int = 0) -> str:
    message = {"v": 1, "id": f"m{ref}", "to": to, "type": "candidate", "body": _content(ref, stamp)}
    return _padded(json.dumps(message), FRAME_BYTES - around)


def _padded(text: str, size: int) -> str:
    return text.replace("typ host ", "typ host " + "x" * (size - len(text)), 1)
