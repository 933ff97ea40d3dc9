"""People who talk in rooms of two, by script: they come back by themselves, repeat what is not acknowledged, and count.

What a person was told (a message acknowledged, a place in the call) is held against what is found afterwards.
"""

import asyncio
import random
import re
import secrets
import ssl
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import httpx2
from websockets.exceptions import WebSocketException

from server.kit.ids import new_id
from signaling.client import Client
from signaling.frames import parse_server

ORIGIN_HEADER = "Origin"
PATIENCE, LONGEST_PATIENCE = 8.0, 32.0
SILENCE = 5.0
FIRST, LONGEST = 0.2, 2.0
"""As static/rtc/socket.js and backoff.js: who is less patient asks twice for what the server is about to give."""

BOOKING_WAIT = 30.0
OVERDUE = 4.0  # as static/rtc/session.js
FORM = {
    "where": "other",
    "street": "118 Larch Street",
    "city": "Missoula",
    "state": "MT",
    "phone": "406-555-0177",
    "emergency_name": "D. Alvarez",
    "emergency_phone": "406-555-0168",
    "company": "alone",
    "given_by": "patient",
    "agree": "1",
}
_NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # each browser would read all certificates: 70 ms
_UNKEPT = httpx2.Limits(max_keepalive_connections=0)  # each request to any node, and none to a line just closed
_PAGE_ERRORS = (OSError, TimeoutError, WebSocketException, httpx2.HTTPError)


class Wrong(Exception):
    """Something that must not happen: the words say what."""


@dataclass
class Person:
    """One side of a room. `heard` counts what others said, as it came; `acknowledged` is what this person was told."""

    url: str
    ticket_path: str
    chat_path: str
    http: httpx2.AsyncClient
    instance: str = field(default_factory=lambda: secrets.token_hex(4))
    client: Client | None = None
    self_id: str = ""
    admitted: bool = False
    welcomed_at: float = 0.0
    unsaid: dict[str, tuple[str, float]] = field(default_factory=dict)
    acknowledged: set[str] = field(default_factory=set)
    heard: Counter[tuple[str, str]] = field(default_factory=Counter)
    known: set[tuple[str, str]] = field(default_factory=set)
    returns: Counter[str] = field(default_factory=Counter)
    troubles: Counter[str] = field(default_factory=Counter)
    resume: dict[str, str] | None = None
    behind: bool = False
    catching_up: asyncio.Task[None] | None = None

    def __str__(self) -> str:
        """Tell how they are, for whoever looks for a fault."""
        where = f"in for {time.monotonic() - self.welcomed_at:.1f} s" if self.welcomed_at else "out"
        state = f"admitted {self.admitted}, {len(self.unsaid)} unsaid{', behind' * self.behind}"
        return f"{self.ticket_path} {where}, {state}, {dict(self.troubles)}"

    async def stay(self) -> None:
        """Be in the room until cancelled, coming back for as long as it takes."""
        attempt = late = 0
        while True:
            patience = min(LONGEST_PATIENCE, PATIENCE * 2.0**late)
            self.http.timeout = patience
            try:
                await self._visit(patience)
            except _PAGE_ERRORS as error:
                self.troubles[type(error).__name__] += 1
                late += isinstance(error, TimeoutError | httpx2.TimeoutException)
            attempt, late = (0, 0) if self.welcomed_at else (attempt + 1, late)
            self.client, self.welcomed_at = None, 0.0
            await asyncio.sleep(_backoff(attempt))

    async def say(self, text: str) -> str:
        """Say something; gives its id. It is said again until it is acknowledged."""
        ref = secrets.token_hex(6)
        self.unsaid[ref] = (text, 0.0)
        await self._say_due()
        return ref

    async def know_all(self) -> None:
        """Fetch what was written, as a page does that could not resume."""
        answer = await self.http.get(
            self.chat_path, timeout=BOOKING_WAIT
        )  # as static/rtc/missed.js: as long as it takes
        answer.raise_for_status()
        for line in answer.json()["messages"]:
            self.known.add((line["from"], line["id"]))

    async def recall(self) -> None:
        """Forget everything that was heard, and fetch it all, with the patience of who sets up a visit."""
        self.known.clear()
        self.http.timeout = BOOKING_WAIT
        await self.know_all()

    async def _visit(self, patience: float) -> None:
        ticket = await self._ticket()
        async with asyncio.timeout(patience):
            client = await Client.connect(self.url.replace("http", "ws") + "/signaling", origin=self.url)
        client.instance = self.instance
        try:
            await self._join(client, ticket)
            self.client = client
            await self._listen(client, patience)
        finally:
            client.socket.transport.abort()
            if self.catching_up:
                self.catching_up.cancel()

    async def _ticket(self) -> str:
        answer = await self.http.post(self.ticket_path)
        if answer.status_code != 200:
            if answer.status_code < 500 and answer.status_code != 429:
                raise Wrong(f"no ticket: {answer.status_code}")
            raise OSError(f"no ticket now: {answer.status_code}")
        return str(answer.json()["ticket"])

    async def _join(self, client: Client, ticket: str) -> None:
        body = {"ticket": ticket, "instance": self.instance}
        await client.send("join", body | ({"resume": self.resume} if self.resume else {}))

    async def _listen(self, client: Client, patience: float) -> None:
        due = time.monotonic() + patience
        while True:
            try:
                async with asyncio.timeout(min(OVERDUE, due - time.monotonic())):
                    frame = await client.socket.recv()
            except TimeoutError:
                if time.monotonic() >= due:
                    raise
            else:
                due = time.monotonic() + SILENCE
                await self._take(client, parse_server(frame))
            await self._say_due()

    async def _take(self, client: Client, message: Any) -> None:
        if message.pos and self.resume:
            self.resume = {**self.resume, "position": message.pos}
        match message.type:
            case "welcome":
                await self._welcomed(message.body)
            case "admitted":
                await self._join(client, await self._ticket())
            case "chat":
                self._chat(message)
            case "removed" | "ended":
                raise Wrong(message.type)
            case "error" if message.body.code in {"bad_ticket", "ticket_expired"}:
                raise OSError(message.body.code)
            case "error":
                self.troubles[f"told {message.body.code}"] += 1

    async def _welcomed(self, body: Any) -> None:
        if self.admitted and body.standing != "admitted":
            raise Wrong("somebody admitted has to wait again")
        self.admitted = body.standing == "admitted"
        self.self_id, self.welcomed_at = body.self, time.monotonic()
        self.resume = {"generation": body.generation, "position": body.position} if body.generation else None
        self.returns["resumed" if body.resumed else "snapshot"] += 1
        self.behind = self.admitted and (self.behind or not body.resumed)
        if self.catching_up:
            self.catching_up.cancel()
        self.catching_up = asyncio.create_task(self._catch_up())
        for ref, (text, _) in self.unsaid.items():
            self.unsaid[ref] = (text, 0.0)

    async def _catch_up(self) -> None:
        attempt = 0
        while self.behind:
            try:
                await self.know_all()
                self.behind = False
            except _PAGE_ERRORS as error:
                self.troubles[f"behind: {type(error).__name__}"] += 1
                await asyncio.sleep(_backoff(attempt))
                attempt += 1

    def _chat(self, message: Any) -> None:
        line = (message.sender, message.id)
        self.known.add(line)
        if message.sender == self.self_id:
            self.acknowledged.add(message.id)
            self.unsaid.pop(message.id, None)
        else:
            self.heard[line] += 1

    async def _say_due(self) -> None:
        now = time.monotonic()
        client = self.client
        if client is None or not self.welcomed_at or not self.admitted:
            return
        for ref, (text, at) in list(self.unsaid.items()):
            if now - at > OVERDUE:
                self.unsaid[ref] = (text, now)
                with suppress(OSError, WebSocketException):
                    await client.send("chat", {"text": text}, ref=ref)


@dataclass
class Room:
    """A visit with its two people."""

    name: str
    doctor: Person
    patient: Person

    @property
    def people(self) -> tuple[Person, Person]:
        """Both."""
        return self.doctor, self.patient


def browser(url: str, number: int) -> httpx2.AsyncClient:
    """Open a browser with an address of its own, as the balancer would tell the node."""
    address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
    headers = {ORIGIN_HEADER: url, "X-Forwarded-For": address}
    return httpx2.AsyncClient(
        base_url=url, headers=headers, timeout=BOOKING_WAIT, limits=_UNKEPT, verify=_NO_TLS, trust_env=False
    )


async def desk(url: str) -> dict[str, str]:
    """Look up what the form for a new visit needs: the patient and the practitioner."""
    async with browser(url, 0) as doctor:
        await _post(doctor, "/login/demo", who="pcp")
        found = (await doctor.get("/patients?then=visit&q=alvarez")).text
        patient = _one(r"/visits/new\?patient=([0-9a-f-]{36})", found)
        form = (await doctor.get(f"/visits/new?patient={patient}")).text
    return {"patient": patient, "practitioner": _one(r'name="practitioner" value="([^"]+)"', form)}


async def book(url: str, number: int, who: dict[str, str]) -> Room:
    """Set up a visit, as the pcp and the patient do, so that both may come in. Raises AssertionError where it fails."""
    doctor, patient = browser(url, 2 * number + 1), browser(url, 2 * number + 2)
    await _post(doctor, "/login/demo", who="pcp")
    key = str(new_id())
    made = await _post(doctor, "/visits/new", key=key, when="now", minutes="20", **who)
    token = _one(r"/v/([\w-]{20,})", made.text)
    await patient.get(f"/v/{token}")
    await _post(patient, f"/v/{token}", born_month="4", born_day="17", born_year="1992")
    await _post(patient, "/visit/before", **FORM)
    base = f"/visits/{key}"
    return Room(
        base,
        Person(url, f"{base}/ticket", f"{base}/chat", doctor),
        Person(url, "/visit/ticket", "/visit/chat", patient),
    )


async def admit(room: Room) -> None:
    """Let the patient in; asked again until it is done."""
    while True:
        with suppress(httpx2.HTTPError):
            answer = await room.doctor.http.post(f"{room.name}/admit")
            if answer.status_code in {200, 204, 303}:
                return
        await asyncio.sleep(0.2)


def _backoff(attempt: int) -> float:
    return min(LONGEST, FIRST * 2.0 ** min(attempt, 10)) * random.uniform(0.5, 1)


async def _post(browser: httpx2.AsyncClient, path: str, **fields: str) -> httpx2.Response:
    answer = await browser.post(path, data=fields)
    assert answer.status_code in {200, 201, 303}, f"{path}: {answer.status_code}"
    return answer


def _one(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    assert found, f"not on the page: {pattern}"
    return found.group(1)
