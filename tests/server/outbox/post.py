"""A real mail server for the tests of the outbox: keeps what it took, refuses when told to, counts what it saw."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session


class PostOffice:
    """Handler of the mail server; `taken` are the messages it has said 250 to, `login` the last name and password.

    `times` says when it took each (monotonic seconds), `lines` how many clients are connected; `told` is called at any
    change.
    """

    def __init__(self) -> None:
        self.port = 0
        self.refusing = False
        self.taken: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.login: tuple[bytes, bytes] | None = None
        self.times: list[float] = []
        self.lines = 0
        self.told: Callable[[], None] = _nobody

    @property
    def url(self) -> str:
        """Address as `Settings.smtp_url` takes it."""
        return f"smtp://127.0.0.1:{self.port}"

    async def handle_DATA(self, _: SMTP, __: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        if self.refusing:
            return "451 Try again later"
        assert isinstance(envelope.content, bytes)
        self.taken.append(message_from_bytes(envelope.content, policy=policy.default))
        self.times.append(time.monotonic())
        self.told()
        self.recipients += envelope.rcpt_tos
        return "250 OK"

    def authenticate(self, _: SMTP, __: Session, ___: Envelope, ____: str, login: Any) -> AuthResult:
        self.login = login.login, login.password
        return AuthResult(success=True)


def _nobody() -> None:
    return None


class _Line(SMTP):
    """One client's connection. Once it is lost, nothing that the client sent is taken any more."""

    event_handler: PostOffice

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.event_handler.lines += 1

    def connection_lost(self, error: Exception | None) -> None:
        super().connection_lost(error)
        self.event_handler.lines -= 1
        self.event_handler.told()


@asynccontextmanager
async def opened_post_office() -> AsyncIterator[PostOffice]:
    """Run a mail server on a free port for the length of the block."""
    office, loop = PostOffice(), asyncio.get_running_loop()

    def protocol() -> SMTP:
        return _Line(office, loop=loop, authenticator=office.authenticate, auth_require_tls=False, hostname="localhost")

    server = await loop.create_server(protocol, "127.0.0.1", 0)
    office.port = server.sockets[0].getsockname()[1]
    yield office
    server.close()
    await server.wait_closed()
