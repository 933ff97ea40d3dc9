"""The demo's mailbox: shows a message to its own organization, and is not there outside of the demo."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from server.db import Database
from server.kit.ids import OrganizationId, new_id
from server.outbox import Calendar, Mail, Text, queue_mail, queue_text, send_due_mail, send_due_texts

if TYPE_CHECKING:
    from tests.cast import World

pytestmark = pytest.mark.anyio


@pytest.fixture
async def demo(sqlite_database: Database, tmp_path: Path) -> AsyncIterator["World"]:
    """The cast in the demo."""
    from tests.cast import opened_world

    async with opened_world(sqlite_database, tmp_path, demo="1") as world:
        yield world


async def sent(world: "World", calendar: Calendar | None = None) -> UUID:
    text = "Open https://example.org/v/x\n<b>not bold</b>\n"
    organization_id = OrganizationId(world.clinic.organization_id)
    mail = Mail(organization_id, new_id(), "m.alvarez@example.org", "Your visit", text, calendar)
    async with world.deps.database.write() as session:
        row_id = queue_mail(session, world.deps, mail)
    await send_due_mail(world.deps)
    return row_id


async def test_a_message_of_the_demo_is_shown_as_its_reader_would_see_it(demo: "World") -> None:
    page = await (await demo.signed_in("frontdesk")).get(f"/mail/{await sent(demo)}")
    assert page.status_code == 200
    assert "m.alvarez@example.org" in page.text
    assert 'href="https://example.org/v/x"' in page.text
    assert "<b>not bold" not in page.text


async def test_an_invitation_is_shown_below_its_message(demo: "World") -> None:
    for method, words in (("REQUEST", "brings the visit into"), ("CANCEL", "takes the visit out of")):
        page = await (await demo.signed_in("frontdesk")).get(f"/mail/{await sent(demo, Calendar(method, 'UID:v-7'))}")
        assert words in page.text
        assert "UID:v-7" in page.text


async def texted(world: "World") -> UUID:
    text = Text(OrganizationId(world.clinic.organization_id), new_id(), "406-555-0177", "Open https://c.test/v <b>\n")
    async with world.deps.database.write() as session:
        row_id = queue_text(session, world.deps, text)
    await send_due_texts(world.deps)
    return row_id


async def test_a_text_message_of_the_demo_is_shown_as_its_reader_would_see_it(demo: "World") -> None:
    page = await (await demo.signed_in("frontdesk")).get(f"/texts/{await texted(demo)}")
    assert "+14065550177" in page.text
    assert 'href="https://c.test/v"' in page.text
    assert "<b>" not in page.text


async def test_an_outsider_sees_no_text_message(demo: "World") -> None:
    assert (await (await demo.signed_in("outsider")).get(f"/texts/{await texted(demo)}")).status_code == 404


async def test_a_text_message_is_no_mail(demo: "World") -> None:
    assert (await (await demo.signed_in("frontdesk")).get(f"/mail/{await texted(demo)}")).status_code == 404


async def test_an_outsider_sees_nothing(demo: "World") -> None:
    assert (await (await demo.signed_in("outsider")).get(f"/mail/{await sent(demo)}")).status_code == 404


async def test_who_is_not_signed_in_is_asked_to(demo: "World") -> None:
    assert (await demo.browser().get(f"/mail/{await sent(demo)}")).headers["location"].startswith("/login")


@pytest.mark.parametrize("message_id", [str(new_id()), "x", "..%2fkeys.json"])
async def test_what_is_no_message_is_not_found(demo: "World", message_id: str) -> None:
    assert (await (await demo.signed_in("pcp")).get(f"/mail/{message_id}")).status_code == 404


async def test_a_message_that_was_not_sent_yet_is_not_found(demo: "World") -> None:
    mail = Mail(OrganizationId(demo.clinic.organization_id), new_id(), "m@example.org", "s", "b")
    async with demo.deps.database.write() as session:
        row_id = queue_mail(session, demo.deps, mail)
    assert (await (await demo.signed_in("pcp")).get(f"/mail/{row_id}")).status_code == 404


async def test_outside_of_the_demo_no_message_is_shown(site: "World") -> None:
    row_id = await sent(site)
    folder = site.deps.settings.data / "mail"
    folder.mkdir()
    (folder / f"{row_id}.eml").write_bytes(b"To: m.alvarez@example.org\r\n\r\nleft over\r\n")
    assert (await (await site.signed_in("pcp")).get(f"/mail/{row_id}")).status_code == 404
