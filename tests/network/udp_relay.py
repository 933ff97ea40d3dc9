"""A bad network: a small UDP relay in a process of its own that loses, delays and thins out what goes through it.

Programs of the tests speak to `Relay.port` instead of to the real port. Each of them gets a port of its own towards the
target, as a home router does it, and the weather may be changed at any time:

with running(target=3478, seed=7) as relay:
    relay.set(down=Weather(loss=0.05, delay=300))
"""

import asyncio
import heapq
import itertools
import json
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

HOST = "127.0.0.1"
Address = tuple[str, int]


@dataclass(frozen=True)
class Weather:
    """What happens to packets of one direction.

    `loss` is a fraction, `delay` and `jitter` are ms, `kbps` caps the rate behind a queue of `queue` ms (0: no cap).
    """

    loss: float = 0.0
    delay: float = 0.0
    jitter: float = 0.0
    kbps: float = 0.0
    queue: float = 300.0


class Way:
    """One direction of one program's traffic. Pure: says when a packet arrives, or that it does not."""

    def __init__(self, weather: Weather, seed: int) -> None:
        self.weather, self._chance = weather, random.Random(seed)
        self._free = self._latest = 0.0

    def arrival(self, size: int, now: float) -> float | None:
        """Give the time (s) at which a packet of `size` bytes arrives that was sent at `now`; None when it is lost.

        Packets do not overtake each other.
        """
        weather = self.weather
        if self._chance.random() < weather.loss:
            return None
        sent = now
        if weather.kbps:
            if self._free - now > weather.queue / 1000:
                return None
            sent = self._free = max(now, self._free) + size * 8 / (weather.kbps * 1000)
        wobble = self._chance.uniform(0, weather.jitter)
        self._latest = max(self._latest, sent + (weather.delay + wobble) / 1000)
        return self._latest


@dataclass
class Relay:
    """The running relay, as a test holds it."""

    port: int
    _process: "subprocess.Popen[str]"

    def set(self, *, up: Weather | None = None, down: Weather | None = None) -> None:
        """Change the weather from now on, towards the target (`up`) and back (`down`); what is left out is fine."""
        weather = {"up": asdict(up or Weather()), "down": asdict(down or Weather())}
        self._say(weather)

    def counts(self) -> dict[str, int]:
        """Give how many packets arrived and were lost, each way."""
        return {key: int(value) for key, value in self._say({}).items()}

    def _say(self, command: dict[str, Any]) -> dict[str, Any]:
        if not (self._process.stdin and self._process.stdout):
            raise RuntimeError("the relay has ended")
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        return answer


@contextmanager
def running(target: int, seed: int) -> Iterator[Relay]:
    """Run a relay to a loopback port for the length of the block."""
    command = [sys.executable, "-m", "tests.network.udp_relay", str(target), str(seed)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    with process:
        try:
            yield Relay(int(process.stdout.readline() if process.stdout else 0), process)
        finally:
            process.terminate()


class _Door(asyncio.DatagramProtocol):
    """A socket that passes what it hears to `heard`."""

    def __init__(self, heard: Any) -> None:
        self.heard = heard

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport

    def datagram_received(self, data: bytes, addr: Address) -> None:
        self.heard(data, addr)

    def error_received(self, exc: Exception) -> None:
        """Take no notice: a port that is closed is a packet that is lost."""


class _Router:
    """Knows who speaks through it, and keeps the packets that are under way."""

    def __init__(self, target: Address, seed: int) -> None:
        self.target, self._seeds = target, itertools.count(seed)
        self.weather = {"up": Weather(), "down": Weather()}
        self.counts = {f"{way}_{what}": 0 for way in self.weather for what in ("passed", "lost")}
        self._under_way: list[tuple[float, int, Any]] = []
        self._number = itertools.count()
        self._outer: dict[Address, tuple[asyncio.Task[asyncio.DatagramTransport], dict[str, Way]]] = {}
        self._timer: asyncio.TimerHandle | None = None

    async def open(self) -> int:
        """Listen; gives the port."""
        loop = asyncio.get_running_loop()
        self.front, _ = await loop.create_datagram_endpoint(lambda: _Door(self._from_program), (HOST, 0))
        port: int = self.front.get_extra_info("sockname")[1]
        return port

    def command(self, text: str) -> dict[str, int]:
        """Change the weather when a command says so, and answer with the counts."""
        for way, weather in json.loads(text).items():
            self.weather[way] = Weather(**weather)
        for _, ways in self._outer.values():
            for name, way in ways.items():
                way.weather = self.weather[name]
        return self.counts

    def _from_program(self, data: bytes, program: Address) -> None:
        if program not in self._outer:
            ways = {name: Way(weather, next(self._seeds)) for name, weather in self.weather.items()}
            self._outer[program] = asyncio.get_running_loop().create_task(self._open_outer(program)), ways
        outer, ways = self._outer[program]
        self._carry(
            "up", ways["up"], data, lambda: outer.add_done_callback(lambda opened: opened.result().sendto(data))
        )

    async def _open_outer(self, program: Address) -> asyncio.DatagramTransport:
        def back(data: bytes, _: Address) -> None:
            self._carry("down", self._outer[program][1]["down"], data, lambda: self.front.sendto(data, program))

        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(lambda: _Door(back), remote_addr=self.target)
        return transport

    def _carry(self, name: str, way: Way, data: bytes, deliver: Any) -> None:
        now = asyncio.get_running_loop().time()
        at = way.arrival(len(data), now)
        self.counts[f"{name}_{'lost' if at is None else 'passed'}"] += 1
        if at is not None:
            heapq.heappush(self._under_way, (at, next(self._number), deliver))
            self._wait()

    def _wait(self) -> None:
        if self._timer:
            self._timer.cancel()
        if self._under_way:
            self._timer = asyncio.get_running_loop().call_at(self._under_way[0][0], self._arrive)

    def _arrive(self) -> None:
        now = asyncio.get_running_loop().time()
        while self._under_way and self._under_way[0][0] <= now:
            heapq.heappop(self._under_way)[2]()
        self._timer = None
        self._wait()


async def _serve(target: int, seed: int) -> None:
    router = _Router((HOST, target), seed)
    port = await router.open()
    _answer(port)
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():  # until whoever started it has gone
        _answer(router.command(line.decode()))


def _answer(value: object) -> None:
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), int(sys.argv[2])))
