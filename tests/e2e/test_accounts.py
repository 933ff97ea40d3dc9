"""From an empty server to a doctor at work: the link on the console, the first administrator, an invitation by mail."""

import asyncio
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tests.e2e.browsers import PHONE, person
from tests.e2e.served import Served
from tests.e2e.test_accessibility import follow, look, with_axe
from tests.server.outbox.post import PostOffice, opened_post_office

GOOD = "tall trees by the river"


@contextmanager
def post_office() -> Iterator[PostOffice]:
    """Run a mail server in a thread of its own, beside the browsers' event loop."""
    opened: list[PostOffice] = []
    ready, over = threading.Event(), threading.Event()

    async def run() -> None:
        async with opened_post_office() as office:
            opened.append(office)
            ready.set()
            await asyncio.to_thread(over.wait)

    thread = threading.Thread(target=lambda: asyncio.run(run()))
    thread.start()
    try:
        assert ready.wait(10)
        yield opened[0]
    finally:
        over.set()
        thread.join(10)


@contextmanager
def fresh_server(folder: Path, office: PostOffice) -> Iterator[Served]:
    """Run a server that nobody has set up."""
    server = Served(folder / "var", {"CURBSIDE_DEMO": "0", "CURBSIDE_SMTP_URL": office.url})
    server.start()
    try:
        yield server
    finally:
        server.stop()


def set_up(page: Page, server: Served) -> None:
    link = re.search(r"http://\S+/setup/\S+", server.log.read_text())
    assert link is not None
    page.goto(link[0])
    look(page)
    page.get_by_role("button", name="Set up").click()
    expect(page.get_by_role("alert")).to_be_visible()
    look(page)
    typed = {
        "Name of the organization": "Juniper Health",
        "Name of the first clinic": "Juniper Clinic",
        "Phone that patients call": "406-555-0111",
        "First name": "Ada",
        "Last name": "Reyes",
        "E-mail": "ada@juniper.test",
        "Password": GOOD,
    }
    for label, value in typed.items():
        page.get_by_label(label, exact=True).fill(value)
    page.get_by_role("button", name="Set up").click()
    expect(page.get_by_role("heading", name="Administration", level=1)).to_be_visible()


def invite(page: Page) -> None:
    follow(page, page.get_by_role("link", name=re.compile("^Members")))
    look(page)
    follow(page, page.get_by_role("link", name="Invite somebody"))
    look(page)
    for label, value in {"E-mail": "sam@juniper.test", "First name": "Sam", "Last name": "Keita"}.items():
        page.get_by_label(label, exact=True).fill(value)
    page.get_by_label("Primary care practitioner").check()
    page.get_by_label("Specialty").fill("Primary care")
    page.get_by_label("Profession").select_option("physician")
    page.get_by_role("button", name="Send invitation").click()
    expect(page.get_by_text("The invitation is on its way.")).to_be_visible()
    look(page)
    follow(page, page.get_by_role("link", name="Ada Reyes"))
    look(page)


def join(page: Page, office: PostOffice) -> None:
    link = re.search(r"http://\S+/join/\S+", office.taken[-1].get_content())
    assert link is not None
    page.goto(link[0])
    look(page)
    page.get_by_label("Password").fill("password1234")
    page.get_by_role("button", name="Join").click()
    expect(page.get_by_text("Many people use a password like this")).to_be_visible()
    look(page)
    page.get_by_label("Password").fill("lavender gravel 7")
    page.get_by_role("button", name="Join").click()
    expect(page.get_by_role("heading", name="Welcome")).to_be_visible()
    look(page)
    page.get_by_role("link", name="Continue").click()
    expect(page.get_by_role("heading", name="Today", level=1)).to_be_visible()
    page.goto("/account/password")
    look(page)


def forget(page: Page, office: PostOffice) -> None:
    page.goto("/login")
    follow(page, page.get_by_role("link", name="Forgot your password?"))
    look(page)
    page.get_by_label("E-mail").fill("sam@juniper.test")
    page.get_by_role("button", name="Send the link").click()
    expect(page.get_by_role("heading", name="Look into your mail")).to_be_visible()
    look(page)
    wait_for_mail(page, office, 2)
    link = re.search(r"http://\S+/reset/\S+", office.taken[-1].get_content())
    assert link is not None
    page.goto(link[0])
    look(page)
    page.get_by_label("New password").fill("seven quiet ponds")
    page.get_by_role("button", name="Change password").click()
    expect(page.get_by_role("heading", name="Your password is changed")).to_be_visible()
    look(page)


def wait_for_mail(page: Page, office: PostOffice, count: int) -> None:
    for _ in range(100):
        if len(office.taken) >= count:
            return
        page.wait_for_timeout(100)  # the mail comes by another process, which tells nobody here
    raise AssertionError(f"{len(office.taken)} mails came, not {count}")


def test_from_the_link_on_the_console_to_an_invited_doctor_s_day(clinic_chromium: Browser, tmp_path: Path) -> None:
    with (
        post_office() as office,
        fresh_server(tmp_path, office) as server,
        person(clinic_chromium, server.url, PHONE) as ours,
        person(clinic_chromium, server.url, PHONE) as theirs,
        person(clinic_chromium, server.url, PHONE) as elsewhere,
    ):
        administrator, doctor = with_axe(ours), with_axe(theirs)
        set_up(administrator, server)
        invite(administrator)
        wait_for_mail(administrator, office, 1)
        join(doctor, office)
        forget(with_axe(elsewhere), office)
        assert [mail["To"] for mail in office.taken] == ["sam@juniper.test"] * 3
