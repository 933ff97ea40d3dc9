"""An invitation in the browser of the person who is invited."""

import pytest
from argon2 import PasswordHasher

from server.access import Role
from server.identity import passwords
from server.identity.tables import Issuer
from server.kit.ids import new_id
from tests.cast import World
from tests.server.identity.account_links import GOOD, link_row, new_link, roles_of
from tests.server.identity.sessions import browser_by_issuer

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


async def test_looking_says_who_invites_and_spends_nothing(site: World) -> None:
    secret = await new_link(site)
    for _ in range(2):
        text = (await site.browser().get(f"/join/{secret.text}")).text
        assert "Ada Lindgren invites you to work with Cedar Creek Health" in text
        assert "new@clinic.test" in text
    assert (await link_row(site, secret)).used_at is None


async def test_who_chooses_a_password_is_in_and_can_sign_in_with_it_later(site: World) -> None:
    secret, browser = await new_link(site), site.browser()
    answer = await browser.post(f"/join/{secret.text}", data={"name": "Dr. Nia Wolf", "password": GOOD})
    assert (answer.status_code, answer.headers["location"]) == (303, "/joined")
    joined = await browser.get("/joined")
    assert "/account/authenticators" in joined.text
    assert (await browser.get("/today")).status_code == 200
    assert (await site.browser().get(f"/join/{secret.text}")).status_code == 410
    later = await site.browser().post("/login", data={"email": "new@clinic.test", "password": GOOD})
    assert later.status_code == 303


async def test_a_password_that_is_not_taken_spends_no_invitation(site: World) -> None:
    secret = await new_link(site)
    answer = await site.browser().post(f"/join/{secret.text}", data={"name": "", "password": "cedar log cabin"})
    assert answer.status_code == 422
    assert "Enter your name." in answer.text
    assert "Do not use your name" in answer.text
    assert (await link_row(site, secret)).used_at is None


async def test_an_invitation_to_nobody_in_particular_asks_for_the_e_mail(site: World) -> None:
    secret, browser = await new_link(site, email="", roles=(Role.ADMINISTRATOR,), created_by=None), site.browser()
    assert 'name="email"' in (await browser.get(f"/join/{secret.text}")).text
    assert (await browser.post(f"/join/{secret.text}", data={"name": "Lea", "password": GOOD})).status_code == 422
    typed = {"name": "Lea Moss", "email": "lea@clinic.test", "password": GOOD}
    assert (await browser.post(f"/join/{secret.text}", data=typed)).status_code == 303
    assert (await browser.get("/admin/members")).status_code == 200


async def test_who_has_an_account_signs_in_to_it_first(site: World) -> None:
    secret, browser = await new_link(site, email="outsider@demo.test"), site.browser()
    text = (await browser.get(f"/join/{secret.text}")).text
    assert f'href="/login?next=/join/{secret.text}"' in text
    assert 'name="password"' not in text
    typed = {"name": "Omar", "password": GOOD}
    assert (await browser.post(f"/join/{secret.text}", data=typed)).status_code == 409
    assert (await link_row(site, secret)).used_at is None


async def test_who_is_signed_in_accepts_with_one_press(site: World) -> None:
    secret, browser = await new_link(site, email="outsider@demo.test"), await site.signed_in("outsider")
    assert "You are signed in as Dr. Omar Farouk." in (await browser.get(f"/join/{secret.text}")).text
    assert "You belong to Cedar Creek Health now." in (await browser.post(f"/join/{secret.text}")).text
    home = site.clinic.organization_id
    assert (home, "specialist", None) in await roles_of(site, site.accounts["outsider"].id)


async def test_another_person_s_invitation_is_not_accepted_by_who_happens_to_be_signed_in(site: World) -> None:
    secret, browser = await new_link(site), await site.signed_in("pcp")
    assert "is for another e-mail" in (await browser.get(f"/join/{secret.text}")).text
    assert (await browser.post(f"/join/{secret.text}")).status_code == 409
    assert (await link_row(site, secret)).used_at is None


async def test_an_organization_s_own_sign_in_is_offered_with_the_invitation(site: World) -> None:
    issuer = Issuer(
        id=new_id(),
        organization_id=site.clinic.organization_id,
        source="page",
        label="Cedar sign-in",
        issuer="https://idp.test",
        client_id="x",
        created_at=site.clock.now,
    )
    async with site.deps.database.write() as session:
        session.add(issuer)
    secret = await new_link(site)
    text = (await site.browser().get(f"/join/{secret.text}")).text
    assert f'href="/login/oidc/{issuer.id}?invitation={secret.text}"' in text
    assert "Join with Cedar sign-in" in text


async def test_a_link_that_never_was_is_not_found(site: World) -> None:
    assert (await site.browser().get("/join/nothing")).status_code == 404


async def test_who_came_from_an_issuer_signs_in_themselves_to_join_another_organization(site: World) -> None:
    away, browser = site.actors["outsider"].organization_id, await browser_by_issuer(site)
    link = await new_link(site, organization_id=away, email="", clinic_ids=(), created_by=None)
    answer = await browser.post(f"/join/{link.text}")
    assert (answer.status_code, "Please sign in yourself" in answer.text) == (403, True)
    assert (await link_row(site, link)).used_at is None
