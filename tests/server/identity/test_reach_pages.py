"""The page for how somebody is reached: works without a script, says what is wrong next to the field."""

import re
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urljoin

import pytest
from sqlmodel import select

from server.db import Database
from server.identity.passwords import hash_password
from server.outbox import Kind, OutboxMessage, RingChannel, opened_browser
from tests.server.identity.sessions import give
from tests.server.outbox.push_service import Device
from tests.server.outbox.reached import browsers, channel, subscribed

if TYPE_CHECKING:
    import httpx2

    from tests.cast import World

pytestmark = pytest.mark.anyio

HERE = "/account/notifications"
WHO = "psychiatrist"
PASSWORD = "four calm green rivers"
DEVICE = Device.new("https://push.test/send/1")


@pytest.fixture
def clinic(texting_world: "World") -> "World":
    """The cast with a gateway for text messages, on both kinds of database."""
    return texting_world


async def sign_in_again(clinic: "World", staff: "httpx2.AsyncClient", name: str = WHO) -> None:
    """Sign somebody in by password, in a browser that is there already."""
    await give(clinic, name, password_hash=await hash_password(PASSWORD))
    answer = await staff.post("/login", data={"email": f"{name}@demo.test", "password": PASSWORD})
    assert answer.status_code == 303


async def test_the_account_page_leads_there(clinic: "World") -> None:
    page = (await (await clinic.signed_in(WHO)).get("/account")).text
    assert f'href="{HERE}"' in page


async def test_the_script_for_messages_is_served_from_the_root_and_asked_for_anew(clinic: "World") -> None:
    answer = await clinic.browser().get("/push-worker.js")
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["cache-control"] == "no-cache"
    assert "worker-src 'self'" in answer.headers["content-security-policy"]
    assert "notificationclick" in answer.text


async def test_staff_put_their_pages_on_a_home_screen_as_iphones_ask_for(clinic: "World") -> None:
    staff = await clinic.signed_in(WHO)
    page = await staff.get(HERE)
    assert "manifest-src 'self'" in page.headers["content-security-policy"]
    address, touched = re.findall(r'rel="(?:manifest|apple-touch-icon)" href="([^"]+)"', page.text)
    manifest = await clinic.browser().get(address)
    assert manifest.headers["content-type"] == "application/manifest+json"
    said = manifest.json()
    assert (said["start_url"], said["scope"], said["display"]) == ("/", "/", "standalone")
    for icon in [touched, *(urljoin(address, one["src"]) for one in said["icons"])]:
        assert (await clinic.browser().get(icon)).headers["content-type"].startswith("image/")


async def test_a_browser_is_kept_and_listed_as_its_owner_knows_it(clinic: "World") -> None:
    staff = await clinic.signed_in(WHO, **{"User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/153.0"})
    answer = await staff.post(f"{HERE}/browsers", data=DEVICE.form)
    assert answer.json() == {"id": str((await browsers(clinic))[0].id)}
    page = (await staff.get(HERE)).text
    assert "Firefox on Linux" in page
    assert DEVICE.endpoint not in page
    assert DEVICE.keys.auth not in page


async def test_who_signs_out_is_notified_in_that_browser_no_more(clinic: "World") -> None:
    staff, elsewhere = await clinic.signed_in(WHO), await clinic.signed_in(WHO)
    for browser, device in ((staff, DEVICE), (elsewhere, Device.new("https://push.test/send/2"))):
        await browser.post(f"{HERE}/browsers", data=device.form)
    await staff.post("/logout")
    assert [opened_browser(clinic.deps.keyring, row).endpoint for row in await browsers(clinic)] == [
        "https://push.test/send/2"
    ]


async def test_signing_out_ends_what_an_earlier_session_of_the_browser_turned_on(clinic: "World") -> None:
    staff = await clinic.signed_in(WHO)
    await staff.post(f"{HERE}/browsers", data=DEVICE.form)
    clinic.clock.pass_(hours=13)
    assert (await staff.get(HERE)).status_code == 303, "the session's time is up"
    assert len(await browsers(clinic)) == 1, "who is on duty is rung all the same"
    await sign_in_again(clinic, staff)
    assert (await staff.get(HERE)).status_code == 200
    await staff.post("/logout")
    assert await browsers(clinic) == []


async def test_a_browser_rings_for_nobody_else_who_signs_in_there(clinic: "World") -> None:
    staff = await clinic.signed_in(WHO)
    await staff.post(f"{HERE}/browsers", data=DEVICE.form)
    clinic.clock.pass_(hours=13)
    await sign_in_again(clinic, staff, "pcp")
    assert await browsers(clinic) == []


async def test_a_browser_that_sends_nothing_is_refused(clinic: "World") -> None:
    staff = await clinic.signed_in(WHO)
    assert (await staff.post(f"{HERE}/browsers", data={"endpoint": "https://push.test/1"})).status_code == 422


async def test_a_browser_is_tested_and_removed_without_a_script(clinic: "World") -> None:
    wanted, staff = await subscribed(clinic, DEVICE), await clinic.signed_in(WHO)
    answer = await staff.post(f"{HERE}/browsers/{wanted}/test")
    assert "A test message is on its way" in (await staff.get(answer.headers["location"])).text
    async with clinic.deps.database.read() as session:
        assert [row.target_id for row in (await session.exec(select(OutboxMessage))).all()] == [wanted]
    assert (await staff.post(f"{HERE}/browsers/{wanted}/remove")).status_code == 303
    assert await browsers(clinic) == []


async def test_a_browser_whose_messages_do_not_arrive_says_so(clinic: "World") -> None:
    await subscribed(clinic, DEVICE, failed=1)
    assert "The last message did not arrive" in (await (await clinic.signed_in(WHO)).get(HERE)).text


async def test_nobody_sees_anothers_browsers(clinic: "World") -> None:
    wanted = await subscribed(clinic, DEVICE)
    other = await clinic.signed_in("outsider")
    assert str(wanted) not in (await other.get(HERE)).text
    for what in ("test", "remove"):
        assert (await other.post(f"{HERE}/browsers/{wanted}/{what}")).status_code == 404


async def test_a_phone_is_added_with_a_code_on_its_way(clinic: "World") -> None:
    staff = await clinic.signed_in(WHO)
    answer = await staff.post(f"{HERE}/ways", data={"kind": "sms", "address": "(406) 555-0177"})
    assert answer.status_code == 303
    page = (await staff.get(HERE)).text
    assert "··· 0177" in page
    assert "406-555-0177" not in page
    assert "Type the code that was sent there" in page


@pytest.mark.parametrize(
    ("kind", "typed", "said"),
    [
        ("sms", "12", "Enter 10 digits"),
        ("webhook", "", "begins with https://"),
        ("webhook", "http://hooks.test/x", "begins with https://"),
        ("pager", "brandt@pager.test", "Choose how you are reached."),
        ("smoke", "x", "Choose how you are reached."),
    ],
)
async def test_what_is_wrong_is_said_and_what_was_typed_stays(
    clinic: "World", kind: str, typed: str, said: str
) -> None:
    staff = await clinic.signed_in(WHO)
    answer = await staff.post(f"{HERE}/ways", data={"kind": kind, "address": typed})
    assert answer.status_code == 422
    assert said in answer.text
    assert f'value="{typed}"' in answer.text
    async with clinic.deps.database.read() as session:
        assert (await session.exec(select(RingChannel))).all() == []


async def test_a_pager_is_offered_where_mail_can_be_sent(database: Database, tmp_path: Path) -> None:
    from tests.cast import opened_world

    async with opened_world(database, tmp_path, smtp_url="smtp://127.0.0.1:9") as world:
        staff = await world.signed_in(WHO)
        page = (await staff.get(HERE)).text
        assert re.findall(r'<option value="(\w+)"', page) == ["pager", "webhook"]
        assert (
            await staff.post(f"{HERE}/ways", data={"kind": "pager", "address": "brandt@pager.test"})
        ).status_code == 303


async def test_a_webhook_shows_the_secret_that_it_is_signed_with(clinic: "World") -> None:
    staff = await clinic.signed_in(WHO)
    await staff.post(f"{HERE}/ways", data={"kind": "webhook", "address": "https://hooks.test/secret/path"})
    page = (await staff.get(HERE)).text
    assert "whsec_" in page
    assert "secret/path" not in page


async def test_a_wrong_code_is_said_next_to_its_field(clinic: "World") -> None:
    wanted = await channel(clinic, Kind.SMS, "406-555-0177", confirmed_at=None)
    staff = await clinic.signed_in(WHO)
    answer = await staff.post(f"{HERE}/ways/{wanted}/code", data={"code": "1"})
    assert answer.status_code == 422
    assert f'id="code-{wanted}-error"' in answer.text


async def test_a_confirmed_way_needs_no_code_and_goes_on(clinic: "World") -> None:
    wanted = await channel(clinic, Kind.SMS, "406-555-0177")
    staff = await clinic.signed_in(WHO)
    assert (await staff.post(f"{HERE}/ways/{wanted}/code", data={"code": "1"})).status_code == 303


async def test_a_new_code_is_sent(clinic: "World") -> None:
    wanted = await channel(clinic, Kind.SMS, "406-555-0177", confirmed_at=None)
    staff = await clinic.signed_in(WHO)
    assert (await staff.post(f"{HERE}/ways/{wanted}/new-code")).status_code == 303
    async with clinic.deps.database.read() as session:
        assert len((await session.exec(select(OutboxMessage))).all()) == 1


async def test_a_way_is_turned_off_and_removed(clinic: "World") -> None:
    wanted = await channel(clinic, Kind.SMS, "406-555-0177")
    staff = await clinic.signed_in(WHO)
    await staff.post(f"{HERE}/ways/{wanted}/use", data={"active": "off"})
    assert "Turn on<" in (await staff.get(HERE)).text
    await staff.post(f"{HERE}/ways/{wanted}/remove")
    assert "··· 0177" not in (await staff.get(HERE)).text


async def test_the_page_is_spanish_too(clinic: "World") -> None:
    page = (await (await clinic.signed_in(WHO, **{"Accept-Language": "es"})).get(HERE)).text
    assert "Notificaciones" in page
