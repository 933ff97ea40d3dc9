"""How mail leaves: by SMTP with the name and password of the settings, or as a file of the demo."""

from email.message import EmailMessage
from pathlib import Path
from typing import Any

import aiosmtplib
import pytest

from server.outbox import can_send
from server.outbox.transport import deliver, mail_file
from server.settings import Settings
from tests.server.outbox.post import opened_post_office


def mail() -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "no-reply@c.test", "m.alvarez@example.org", "Your visit"
    message.set_content("Open the link.")
    return message


@pytest.mark.parametrize(
    ("settings", "possible"),
    [(Settings(), False), (Settings(demo="1"), True), (Settings(smtp_url="smtp://localhost"), True)],
)
def test_mail_is_offered_only_where_it_can_be_sent(settings: Settings, possible: bool) -> None:
    assert can_send(settings) is possible


@pytest.mark.anyio
async def test_name_and_password_of_the_address_sign_in() -> None:
    async with opened_post_office() as office:
        settings = Settings(smtp_url=f"smtp://clinic%40c.test:p%2Fw@127.0.0.1:{office.port}")
        await deliver(settings, mail(), "1")
    assert office.login == (b"clinic@c.test", b"p/w")
    assert office.taken[0]["Subject"] == "Your visit"


@pytest.mark.anyio
async def test_a_server_that_is_set_is_used_in_the_demo_too(tmp_path: Path) -> None:
    async with opened_post_office() as office:
        await deliver(Settings(smtp_url=office.url, demo="1", data=tmp_path), mail(), "1")
    assert len(office.taken) == 1
    assert not (tmp_path / "mail").exists()


@pytest.mark.anyio
@pytest.mark.parametrize(("scheme", "tls"), [("smtp", False), ("smtps", True)])
async def test_smtps_means_tls_from_the_first_byte(monkeypatch: pytest.MonkeyPatch, scheme: str, tls: bool) -> None:
    said: dict[str, Any] = {}

    async def send(_: EmailMessage, **options: Any) -> None:
        said.update(options)

    monkeypatch.setattr(aiosmtplib, "send", send)
    await deliver(Settings(smtp_url=f"{scheme}://mail.example.org"), mail(), "1")
    assert (said["use_tls"], said["hostname"], said["port"], said["username"]) == (tls, "mail.example.org", None, None)


@pytest.mark.anyio
async def test_the_demo_writes_a_whole_file_or_none(tmp_path: Path) -> None:
    settings = Settings(demo="1", data=tmp_path)
    await deliver(settings, mail(), "1")
    assert [path.name for path in (tmp_path / "mail").iterdir()] == ["1.eml"]
    assert b"Open the link." in mail_file(settings, "1").read_bytes()


@pytest.mark.anyio
async def test_without_a_server_and_outside_of_the_demo_nothing_is_taken(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="no mail server"):
        await deliver(Settings(data=tmp_path), mail(), "1")
