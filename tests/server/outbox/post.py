"""A real mail server for the tests of the outbox: keeps what it took, refuses when told to, counts what it saw."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session


class PostOffice:
    """Handler of the mail server; `taken` are the messages it has said 250 to, `login` the last name and password."""

    def __init__(self) -> None:
        self.port = 0
        self.refusing = False
        self.taken: list[EmailMessage] = []
        self.recipients: list[str] = []
        self.login: tuple[bytes, bytes] | None = None

    @property
    def url(self) -> str:
        """Address as `Settings.smtp_url` takes it."""
        return f"smtp://127.0.0.1:{self.port}"

    async def handle_DATA(self, _: SMTP, __: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        if self.refusing:
            return "451 Try again later"
        assert isinstance(envelope.content, bytes)
        self.taken.append(message_from_bytes(envelope.content, policy=policy.default))
        self.recipients += envelope.rcpt_tos
        return "250 OK"

    def authenticate(self, _: SMTP, __: Session, ___: Envelope, ____: str, login: Any) -> AuthResult:
        self.login = login.login, login.password
        return AuthResult(success=True)


@asynccontextmanager
async def opened_post_office() -> AsyncIterator[PostOffice]:
    """Run a mail server on a free port for the length of the block."""
    office, loop = PostOffice(), asyncio.get_running_loop()

    def protocol() -> SMTP:
        return SMTP(office, loop=loop, authenticator=office.authenticate, auth_require_tls=False, hostname="localhost")

    server = await loop.create_server(protocol, "127.0.0.1", 0)
    office.port = server.sockets[0].getsockname()[1]
    yield office
    server.close()
    await server.wait_closed()
