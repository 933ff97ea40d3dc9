"""The first page of a new server."""

import pytest
from argon2 import PasswordHasher
from sqlmodel import select

from server.access import Role
from server.identity import Membership, new_setup_link, passwords
from tests.cast import World

pytestmark = pytest.mark.anyio

TYPED = {
    "organization": "Juniper Health",
    "clinic": "Juniper Clinic",
    "phone": "(406) 555-0111",
    "time_zone": "America/Denver",
    "language": "en",
    "given_name": "Ada",
    "family_name": "Reyes",
    "email": "ada@juniper.test",
    "password": "tall trees by the river",
}


@pytest.fixture
async def path(site: World, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    async with site.deps.database.write() as session:
        for row in (await session.exec(select(Membership).where(Membership.role == Role.ADMINISTRATOR))).all():
            await session.delete(row)
    secret = await new_setup_link(site.deps)
    assert secret is not None
    return f"/setup/{secret.text}"


async def test_the_first_administrator_is_signed_in_at_once_and_the_link_is_spent(site: World, path: str) -> None:
    browser = site.browser()
    for _ in range(2):
        assert "Set up Curbside" in (await browser.get(path)).text
    answer = await browser.post(path, data=TYPED)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert "Administration" in (await browser.get("/admin")).text
    assert (await site.browser().get(path)).status_code == 410
    assert (await site.browser().post(path, data=TYPED)).status_code == 410


async def test_what_was_typed_is_kept_but_for_the_password(site: World, path: str) -> None:
    answer = await site.browser().post(path, data={**TYPED, "phone": "12", "password": "juniper 1234"})
    assert answer.status_code == 422
    assert "Enter 10 digits" in answer.text
    assert "Do not use your name" in answer.text
    assert 'value="Juniper Health"' in answer.text
    assert "juniper 1234" not in answer.text


async def test_an_e_mail_that_has_an_account_is_said_next_to_its_field(site: World, path: str) -> None:
    answer = await site.browser().post(path, data={**TYPED, "email": "pcp@demo.test"})
    assert answer.status_code == 422
    assert "There is an account with this e-mail already. Use another one." in answer.text
    assert (await site.browser().post(path, data=TYPED)).status_code == 303


async def test_empty_fields_are_named_one_by_one(site: World, path: str) -> None:
    answer = await site.browser().post(path, data={})
    for said in ("name of your organization", "name of the clinic", "first name", "last name", "e-mail address"):
        assert said in answer.text


async def test_a_link_that_never_was_is_not_found(site: World) -> None:
    assert (await site.browser().get("/setup/nothing")).status_code == 404
    assert (await site.browser().post("/setup/nothing", data=TYPED)).status_code == 404


async def test_guesses_at_links_are_limited_by_address(site: World) -> None:
    answers = [(await site.browser().get(f"/setup/guess{n}")).status_code for n in range(61)]
    assert answers == [404] * 60 + [429]
