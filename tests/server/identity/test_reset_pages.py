"""Passwords in a browser: forgotten, replaced by the mailed link, changed."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace

import httpx2
import pytest
from argon2 import PasswordHasher

from server.identity import Account, passwords
from server.outbox import send_due_mail
from tests.cast import World
from tests.server.identity.account_links import GOOD, account, link_row, mails, new_link
from tests.server.identity.sessions import browser_by_issuer, join_outsiders
from tests.server.outbox.post import PostOffice, opened_post_office

pytestmark = pytest.mark.anyio

QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
NEW = "lavender gravel 7"


@pytest.fixture
async def clinic(site: World, monkeypatch: pytest.MonkeyPatch) -> World:
    """The site, where the PCP has a password."""
    monkeypatch.setattr(passwords, "_hasher", QUICK)
    async with site.deps.database.write() as session:
        (await session.get_one(Account, site.accounts["pcp"].id)).password_hash = QUICK.hash(GOOD)
    return site


@pytest.fixture
async def post(clinic: World) -> AsyncIterator[PostOffice]:
    """A real mail server that the site sends by."""
    async with opened_post_office() as office:
        settings = clinic.deps.settings.model_copy(update={"smtp_url": office.url})
        clinic.deps = clinic.app.state.deps = replace(clinic.deps, settings=settings)
        yield office


async def log_in(browser: httpx2.AsyncClient, password: str) -> int:
    return (await browser.post("/login", data={"email": "pcp@demo.test", "password": password})).status_code


async def test_a_forgotten_password_is_replaced_by_the_mailed_link(clinic: World, post: PostOffice) -> None:
    browser = clinic.browser()
    assert 'name="email"' in (await browser.get("/forgot")).text
    assert (await browser.post("/forgot", data={"email": "PCP@demo.test "})).status_code == 200
    assert await send_due_mail(clinic.deps)
    (mail,) = post.taken
    assert mail["To"] == "pcp@demo.test"
    text = mail.get_content()
    path = re.search(r"http://127\.0\.0\.1:8000(/reset/\S+)", text)
    assert path is not None
    assert path[1].rpartition("/")[2] not in str(mail["Subject"])
    for _ in range(2):
        assert 'name="password"' in (await browser.get(path[1])).text
    done = await browser.post(path[1], data={"password": NEW})
    assert "Your password is changed" in done.text
    assert "curbside=" not in done.headers.get("set-cookie", ""), "the second step is not passed by"
    assert (await browser.get(path[1])).status_code == 410
    assert [await log_in(browser, password) for password in (GOOD, NEW)] == [422, 303]
    assert await send_due_mail(clinic.deps)
    assert "was changed" in str(post.taken[1]["Subject"])


async def test_whoever_asks_reads_the_same_whether_or_not_the_account_exists(clinic: World) -> None:
    known, unknown = [
        await clinic.browser().post("/forgot", data={"email": f"{who}@demo.test"}) for who in ("pcp", "who")
    ]
    assert known.text.replace("pcp@", "who@") == unknown.text
    assert known.status_code == unknown.status_code == 200
    assert len(await mails(clinic)) == 1


async def test_what_is_no_e_mail_is_said_next_to_the_field(clinic: World) -> None:
    answer = await clinic.browser().post("/forgot", data={"email": "pcp"})
    assert answer.status_code == 422
    assert "Enter an e-mail address" in answer.text


async def test_one_e_mail_gets_three_links_an_hour(clinic: World) -> None:
    answers = [(await clinic.browser().post("/forgot", data={"email": "pcp@demo.test"})).status_code for _ in range(4)]
    assert answers == [200, 200, 200, 429]


async def test_a_password_that_is_not_taken_spends_no_link(clinic: World) -> None:
    secret = await new_link(clinic, purpose="reset", account_id=clinic.accounts["pcp"].id, email="")
    for bad, said in (("short", "at least 12"), ("password1234", "Many people"), ("my okafor tree 1", "your name")):
        answer = await clinic.browser().post(f"/reset/{secret.text}", data={"password": bad})
        assert answer.status_code == 422
        assert said in answer.text
        assert f'value="{bad}"' not in answer.text
    assert (await link_row(clinic, secret)).used_at is None


async def test_a_link_that_never_was_is_not_found(clinic: World) -> None:
    assert (await clinic.browser().get("/reset/nothing")).status_code == 404


async def test_one_s_own_password_is_changed_with_the_old_one(clinic: World) -> None:
    browser = await clinic.signed_in("pcp")
    assert 'name="old"' in (await browser.get("/account/password")).text
    wrong = await browser.post("/account/password", data={"old": "wrong", "password": NEW})
    assert (wrong.status_code, "not your password now" in wrong.text) == (422, True)
    weak = await browser.post("/account/password", data={"old": GOOD, "password": "pcp@demo.test 1"})
    assert (weak.status_code, "your name" in weak.text) == (422, True)
    assert "Saved." in (await browser.post("/account/password", data={"old": GOOD, "password": NEW})).text
    assert [await log_in(clinic.browser(), password) for password in (GOOD, NEW)] == [422, 303]


async def test_a_password_change_wants_somebody_who_was_proved_lately(clinic: World) -> None:
    browser = await clinic.signed_in("pcp")
    clinic.clock.pass_(minutes=11)
    assert (await browser.get("/account/password")).status_code == 303
    assert (await clinic.browser().get("/account/password")).headers["location"].startswith("/login")


async def test_the_old_password_is_not_guessed_at_from_a_session(clinic: World) -> None:
    browser = await clinic.signed_in("pcp")
    tried = [
        (await browser.post("/account/password", data={"old": f"wrong {n}", "password": NEW})).status_code
        for n in range(11)
    ]
    assert tried == [422] * 10 + [429]


async def test_who_has_no_password_is_not_asked_for_one(clinic: World) -> None:
    browser = await clinic.signed_in("frontdesk")
    assert 'name="old"' not in (await browser.get("/account/password")).text


async def test_who_came_from_an_issuer_and_belongs_elsewhere_too_sets_no_password(site: World) -> None:
    await join_outsiders(site)
    browser = await browser_by_issuer(site)
    shown = await browser.get("/account/password")
    assert (shown.status_code, "Please sign in yourself" in shown.text) == (403, True)
    assert 'name="password"' not in shown.text
    answer = await browser.post("/account/password", data={"old": "", "password": GOOD})
    assert answer.status_code == 403
    assert (await account(site, "pcp")).password_hash is None
