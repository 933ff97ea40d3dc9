"""The short way of a text frame gives what uvicorn's own protocol gives, in whichever pieces the bytes arrive."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from random import Random
from typing import Any, cast

import pytest
from uvicorn import Config
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.frames import Frame, Opcode

from signaling.transports.lean import MOST_UNREAD, OFFER, WRITE, LeanSocket

pytestmark = pytest.mark.anyio

OPENING = (
    b"GET /signaling HTTP/1.1\r\nHost: home.test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
MOST = 70_000


class Plug:
    """A transport that keeps what is written to it."""

    def __init__(self) -> None:
        self.written = bytearray()
        self.closed = self.reading = False

    def write(self, data: bytes) -> None:
        self.written += data

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def get_extra_info(self, _: str, default: object = None) -> Any:
        return default

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True


class End:
    """One server's end of a socket, open."""

    def __init__(self, kind: type[WebSocketsSansIOProtocol]) -> None:
        self.scope: Any = None
        config = Config(self.serve, ws_max_size=MOST, ws_ping_interval=None, log_config=None, interface="asgi3")
        config.load()
        self.plug = cast(Any, Plug())
        self.socket = cast(Any, kind(config, ServerState(), {}))
        self.socket.connection_made(self.plug)

    async def serve(self, scope: Any, receive: Any, send: Any) -> None:
        self.scope = scope
        await receive()
        await send({"type": "websocket.accept"})
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.Event().wait()

    async def open(self, opening: bytes = OPENING) -> None:
        """Let the client in."""
        self.socket.data_received(opening)
        for _ in range(5):
            await asyncio.sleep(0)
        assert self.scope is not None
        self.plug.written.clear()

    def hears(self, data: bytes) -> None:
        """Bytes arrive; none do once it is closed."""
        if not self.plug.closed:
            self.socket.data_received(data)

    async def unread(self) -> list[Any]:
        """What waits for the application."""
        return [await self.socket.queue.get() for _ in range(self.socket.queue.qsize())]

    def finish(self) -> None:
        """Let the application go."""
        for task in self.socket.tasks:
            task.cancel()


async def opened(kind: type[WebSocketsSansIOProtocol] = LeanSocket, opening: bytes = OPENING) -> End:
    end = End(kind)
    await end.open(opening)
    return end


def frame(opcode: Opcode, data: bytes, *, fin: bool = True, mask: bool = True) -> bytes:
    return Frame(opcode, data, fin).serialize(mask=mask)


def text(words: str) -> bytes:
    return frame(Opcode.TEXT, words.encode())


def random_story(chance: Random) -> list[bytes]:
    """Mostly right frames, of every kind and size; now and then one that must end the connection."""
    long = chance.choice([1, 100, 126, 3_000, 65_535, 65_536])
    right = [
        text("¿Me oye? " + "x" * chance.randrange(long)),
        text("é" * chance.randrange(200)),
        frame(Opcode.TEXT, b"one, ", fin=False) + frame(Opcode.PING, b"!") + frame(Opcode.CONT, b"two"),
        frame(Opcode.BINARY, chance.randbytes(chance.randrange(300))),
        frame(Opcode.PING, b"are you there"),
        frame(Opcode.PONG, b""),
    ]
    wrong = [
        frame(Opcode.TEXT, b"\xff\xfe"),
        frame(Opcode.CONT, b"of nothing"),
        frame(Opcode.TEXT, b"plain", mask=False),
        frame(Opcode.TEXT, b"x" * (MOST + 1)),
        frame(Opcode.TEXT, b"one", fin=False) + text("another"),
        frame(Opcode.CLOSE, b"\x03\xe8bye"),
        b"\xc1\x80\x00\x00\x00\x00",  # compressed, which nobody agreed on
        b"\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff\x00\x00\x00\x00",
    ]
    parts = chance.choices(right, k=chance.randrange(1, 6))
    return parts + chance.sample(wrong, chance.randrange(2)) + [text("after it")]


def pieces(data: bytes, chance: Random) -> list[bytes]:
    """The same bytes, cut somewhere: often within a frame's head."""
    cuts = sorted({0, len(data), *(chance.randrange(len(data)) for _ in range(chance.randrange(5))), *range(1, 4)})
    return [data[a:b] for a, b in itertools.pairwise(cuts)]


@pytest.mark.parametrize("seed", range(60))
async def test_whatever_arrives_is_read_and_answered_as_uvicorn_does(seed: int) -> None:
    chance = Random(seed)
    story = random_story(chance)
    ours, theirs = await opened(), await opened(WebSocketsSansIOProtocol)
    for piece in pieces(b"".join(story), chance):
        ours.hears(piece)
    for whole in story:
        theirs.hears(whole)
    assert await ours.unread() == await theirs.unread()
    assert (ours.plug.written, ours.plug.closed) == (theirs.plug.written, theirs.plug.closed)
    ours.finish()
    theirs.finish()


async def test_a_client_that_speaks_before_it_is_let_in_is_heard() -> None:
    early = text("early")
    end = await opened(opening=OPENING + early[:4])
    end.hears(early[4:] + text("late"))
    assert [event.get("text") for event in await end.unread()] == ["early", "late"]
    end.finish()


async def test_a_client_that_sends_faster_than_it_is_read_is_held_back_and_then_goes_on() -> None:
    end = await opened()
    end.plug.reading = True
    end.hears(text("m") * MOST_UNREAD)
    assert not end.plug.reading
    for _ in range(MOST_UNREAD):
        await end.socket.receive()
    assert end.plug.reading
    end.finish()


@pytest.mark.parametrize("size", [0, 125, 126, 65_535, 65_536])
async def test_what_is_written_at_once_is_what_is_sent_otherwise(size: int) -> None:
    end = await opened()
    assert end.scope["extensions"][WRITE]("x" * size)
    at_once = bytes(end.plug.written)
    end.plug.written.clear()
    await end.socket.send({"type": "websocket.send", "text": "x" * size})
    assert end.plug.written == at_once
    end.finish()


async def test_a_text_is_offered_while_it_is_awaited_and_what_is_left_is_received_in_its_order() -> None:
    end, offered = await opened(), list[str]()

    def take(words: str) -> bool:
        offered.append(words)
        return words == "taken"

    end.scope["extensions"][OFFER](take)
    end.hears(text("nobody waits yet"))
    first = await end.socket.receive()
    waiting = asyncio.create_task(end.socket.receive())
    await asyncio.sleep(0)
    end.hears(text("taken") + frame(Opcode.BINARY, b"bytes are not offered"))
    second = await waiting
    waiting = asyncio.create_task(end.socket.receive())
    await asyncio.sleep(0)
    end.hears(text("left") + text("taken"))
    assert offered == ["taken", "left"]
    received = [first, second, await waiting, *await end.unread()]
    assert [event.get("text") for event in received] == ["nobody waits yet", None, "left", "taken"]
    end.finish()


async def test_what_uvicorn_keeps_of_a_socket_has_its_place_and_takes_no_dictionary() -> None:
    end = await opened()
    assert vars(end.socket) == {}
    end.finish()


async def test_nothing_is_written_at_once_to_a_client_that_is_slow_or_being_let_go() -> None:
    end = await opened()
    write = end.scope["extensions"][WRITE]
    end.socket.pause_writing()
    assert not write("m")
    end.socket.resume_writing()
    assert write("m")
    await end.socket.send({"type": "websocket.close", "code": 1000})
    assert not write("m")
    end.socket.close_timer.cancel()
    end.finish()


async def test_what_comes_after_our_close_is_dropped_but_for_the_clients_own_close() -> None:
    end = await opened()
    await end.socket.send({"type": "websocket.close", "code": 1000})
    await end.unread()
    end.hears(text("too late") + frame(Opcode.CLOSE, b"\x03\xe8"))
    assert await end.unread() == []
    assert end.plug.closed
    end.finish()
