"""Signing in with a provider: with a certified one, and with one that lies in one respect at a time."""

from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import OctKey
from sqlmodel import select

from server.audit import AuditEvent
from server.identity.oidc_actions import Wish, begin_oidc
from server.identity.oidc_rules import SignInRefused, Trouble
from server.identity.tables import Ceremony, Issuer
from server.kit import field_name
from tests.cast import ORIGIN, World
from tests.identity_provider.fixtures import NODE_ISSUER, Clinic, path_of
from tests.identity_provider.hostile import Hostile, hostile_provider, key, unsigned
from tests.identity_provider.node import SECRET, NodeProvider, walk

pytestmark = pytest.mark.anyio


@pytest.fixture
async def issuer(clinic: Clinic, liar: Hostile) -> Issuer:
    """The lying provider, trusted."""
    return await clinic.trust(liar.url)


async def denials(world: World) -> list[str]:
    async with world.deps.database.read() as session:
        rows = await session.exec(
            select(AuditEvent).where(AuditEvent.outcome == "denied", AuditEvent.entity == "Issuer")
        )
        return [row.why for row in rows.all()]


async def at_the_provider(node: NodeProvider, address: str, who: str) -> str:
    async with httpx2.AsyncClient(trust_env=False) as browser:
        return await walk(browser, address, who, ORIGIN)


async def test_a_person_signs_in_with_the_certified_provider(
    clinic: Clinic, trusted: Issuer, node: NodeProvider
) -> None:
    browser = clinic.world.browser()
    back = await at_the_provider(node, await clinic.begin(trusted, browser, "?next=/patients"), "rose")
    answer = await browser.get(path_of(back))
    assert (answer.status_code, answer.headers["location"]) == (303, "/patients")
    assert (await browser.get("/today")).status_code == 200
    (row,) = await clinic.sessions()
    assert (row.account_id, row.issuer_id) == (clinic.world.accounts["pcp"].id, NODE_ISSUER)
    assert (row.issuer_subject, row.methods) == ("rose", "pwd,otp")
    assert row.issuer_session
    assert row.refresh_at is not None


async def test_the_request_carries_state_nonce_and_an_s256_challenge_but_no_verifier(
    clinic: Clinic, issuer: Issuer
) -> None:
    asked = dict(parse_qsl(urlsplit(await clinic.begin(issuer, clinic.world.browser())).query))
    assert asked["code_challenge_method"] == "S256"
    assert asked["response_type"] == "code"
    assert asked["redirect_uri"] == f"{ORIGIN}/login/oidc/{issuer.id}/callback"
    assert {"state", "nonce", "code_challenge"} <= asked.keys()
    assert "code_verifier" not in asked
    assert "prompt" not in asked


async def test_tokens_are_kept_sealed(clinic: Clinic, liar: Hostile, issuer: Issuer) -> None:
    liar.tokens = {"refresh_token": "very-secret-refresh"}
    await clinic.sign_in(liar, issuer)
    (row,) = await clinic.sessions()
    assert row.refresh_token is not None
    assert row.id_token is not None
    assert b"very-secret-refresh" not in row.refresh_token
    opened = clinic.world.deps.keyring.open(row.refresh_token, field_name("page_session", row.id, "refresh_token"))
    assert opened == "very-secret-refresh"


async def test_what_is_kept_for_the_answer_is_sealed(clinic: Clinic, issuer: Issuer) -> None:
    address = await clinic.begin(issuer, clinic.world.browser())
    nonce = dict(parse_qsl(urlsplit(address).query))["nonce"]
    async with clinic.world.deps.database.read() as session:
        (step,) = (await session.exec(select(Ceremony))).all()
    assert nonce.encode() not in step.data


LIES: list[tuple[str, dict[str, Any], str]] = [
    ("wrong nonce", {"claims": {"nonce": "another"}}, "id_token: nonce"),
    ("no nonce", {"without": ("nonce",)}, "id_token: nonce"),
    ("wrong issuer", {"claims": {"iss": "https://elsewhere.example.org"}}, "id_token: iss"),
    ("wrong audience", {"claims": {"aud": "another-client"}}, "id_token: aud"),
    ("no audience", {"without": ("aud",)}, "id_token: aud"),
    ("two audiences and no authorized party", {"claims": {"aud": ["curbside", "other"]}}, "id_token: azp"),
    ("another authorized party", {"claims": {"azp": "other"}}, "id_token: azp"),
    ("expired", {"claims": {"exp": 1}}, "id_token: exp"),
    ("no end", {"without": ("exp",)}, "id_token: exp"),
    ("not yet valid", {"claims": {"nbf": 9_999_999_999}}, "id_token: nbf"),
    ("from the future", {"claims": {"iat": 9_999_999_999}}, "id_token: iat"),
    ("another access token", {"claims": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}}, "id_token: at_hash"),
    ("nobody", {"claims": {"sub": ""}}, "id_token: sub"),
    ("too long a subject", {"claims": {"sub": "x" * 256}}, "id_token: sub"),
    ("a foreign key", {"signs_with": "foreign"}, "signature"),
    ("a foreign key under a known name", {"signs_with": "foreign", "header": {"kid": "good"}}, "signature"),
    ("no id_token", {"tokens": {"id_token": None}}, "no id_token"),
    ("an id_token that is none", {"tokens": {"id_token": "x.y.z"}}, "signature"),
    ("an id_token that is a number", {"tokens": {"id_token": 7}}, "no id_token"),
    ("no iss in the answer", {"answer": {"iss": None}}, "answer without iss"),
    ("another iss in the answer", {"answer": {"iss": "https://elsewhere.example.org"}}, "answer of another issuer"),
    ("no code", {"answer": {"code": None}}, "answer without code"),
    ("a code that nobody gave", {"answer": {"code": "made-up"}}, "token: invalid_grant"),
    ("a refused client", {"refuse": "invalid_client"}, "token: invalid_client"),
    ("cancelled", {"answer": {"error": "access_denied", "code": None}}, "error of the issuer"),
]


@pytest.mark.parametrize(("lie", "why"), [pytest.param(*lie[1:], id=lie[0]) for lie in LIES])
async def test_a_lie_signs_nobody_in_and_is_written_into_the_trail(
    clinic: Clinic, liar: Hostile, issuer: Issuer, lie: dict[str, Any], why: str
) -> None:
    for name, value in lie.items():
        setattr(liar, name, value)
    browser = clinic.world.browser()
    answer = await clinic.sign_in(liar, issuer, browser)
    assert answer.status_code == 403
    assert "curbside=" not in answer.headers.get("set-cookie", "").replace("curbside_oidc=", "")
    assert await clinic.sessions() == []
    assert await denials(clinic.world) == [why]
    assert (await browser.get("/today")).status_code == 303


async def test_an_unsigned_id_token_signs_nobody_in(clinic: Clinic, liar: Hostile, issuer: Issuer) -> None:
    browser = clinic.world.browser()
    address = await clinic.begin(issuer, browser)
    nonce = dict(parse_qsl(urlsplit(address).query))["nonce"]
    claims = {"iss": liar.url, "sub": "rose", "aud": "curbside", "exp": 9_999_999_999, "iat": 1, "nonce": nonce}
    liar.raw_id_token = unsigned(claims)
    assert (await clinic.come_back(issuer, browser, liar.signs_in(address))).status_code == 403
    assert await denials(clinic.world) == ["signature"]


async def test_a_token_signed_with_the_public_key_as_a_shared_secret_signs_nobody_in(
    clinic: Clinic, liar: Hostile, issuer: Issuer
) -> None:
    browser = clinic.world.browser()
    address = await clinic.begin(issuer, browser)
    nonce = dict(parse_qsl(urlsplit(address).query))["nonce"]
    claims = {"iss": liar.url, "sub": "rose", "aud": "curbside", "exp": 9_999_999_999, "iat": 1, "nonce": nonce}
    shared = OctKey.import_key(SECRET)
    liar.raw_id_token = jwt.encode({"alg": "HS256", "kid": "good"}, claims, shared)
    assert (await clinic.come_back(issuer, browser, liar.signs_in(address))).status_code == 403
    assert key("good").kid == "good"


async def test_an_answer_counts_once(clinic: Clinic, liar: Hostile, issuer: Issuer) -> None:
    browser = clinic.world.browser()
    said = liar.signs_in(await clinic.begin(issuer, browser))
    cookie = browser.cookies["curbside_oidc"]
    assert (await clinic.come_back(issuer, browser, said)).headers["location"] == "/"
    browser.cookies.set("curbside_oidc", cookie)
    assert (await clinic.come_back(issuer, browser, said)).status_code == 403
    assert len(liar.grants) == 1


async def test_a_code_that_was_used_elsewhere_signs_nobody_in(clinic: Clinic, liar: Hostile, issuer: Issuer) -> None:
    first, second = clinic.world.browser(), clinic.world.browser()
    said = liar.signs_in(await clinic.begin(issuer, first))
    await clinic.come_back(issuer, first, said)
    again = liar.signs_in(await clinic.begin(issuer, second))
    assert (await clinic.come_back(issuer, second, {**again, "code": said["code"]})).status_code == 403


async def test_nobody_is_signed_in_with_an_answer_that_another_browser_began(
    clinic: Clinic, liar: Hostile, issuer: Issuer
) -> None:
    attacker, victim = clinic.world.browser(), clinic.world.browser()
    said = liar.signs_in(await clinic.begin(issuer, attacker))
    assert (await clinic.come_back(issuer, victim, said)).status_code == 403
    await clinic.begin(issuer, victim)
    assert (await clinic.come_back(issuer, victim, said)).status_code == 403
    assert await clinic.sessions() == []
    assert liar.grants == []


@pytest.mark.parametrize("state", ["", "made-up"])
async def test_an_answer_that_nobody_asked_for_signs_nobody_in(
    clinic: Clinic, liar: Hostile, issuer: Issuer, state: str
) -> None:
    browser = clinic.world.browser()
    said = liar.signs_in(await clinic.begin(issuer, browser))
    assert (await clinic.come_back(issuer, browser, {**said, "state": state})).status_code == 403


async def test_an_answer_after_ten_minutes_is_too_late(clinic: Clinic, liar: Hostile, issuer: Issuer) -> None:
    browser = clinic.world.browser()
    said = liar.signs_in(await clinic.begin(issuer, browser))
    clinic.world.clock.pass_(minutes=10)
    answer = await clinic.come_back(issuer, browser, said)
    assert answer.status_code == 403
    assert "Please start again" in answer.text


@pytest.mark.parametrize("announced", [True, None])
async def test_two_issuers_cannot_be_mixed_up(
    clinic: Clinic, liar: Hostile, issuer: Issuer, announced: bool | None
) -> None:
    liar.metadata = {"authorization_response_iss_parameter_supported": announced}
    async with hostile_provider(clinic.world.clock) as evil:
        evil.metadata = dict(liar.metadata)
        other = await clinic.trust(evil.url, label="Evil")
        browser = clinic.world.browser()
        # the person begins at the evil one, which sends them on to the honest one and wants its code
        address = await clinic.begin(other, browser)
        said = liar.signs_in(address)
        assert (await clinic.come_back(other, browser, said)).status_code == 403
        browser = clinic.world.browser()
        said = liar.signs_in(await clinic.begin(other, browser))
        assert (await clinic.come_back(issuer, browser, said)).status_code == 403
        assert evil.grants == []
    assert await clinic.sessions() == []


async def test_a_session_that_an_attacker_planted_is_not_the_one_that_is_signed_in(
    clinic: Clinic, liar: Hostile, issuer: Issuer
) -> None:
    browser = clinic.world.browser()
    browser.cookies.set("curbside", "planted")
    answer = await clinic.sign_in(liar, issuer, browser)
    assert "curbside=planted" not in answer.headers["set-cookie"]
    stale = clinic.world.browser()
    stale.cookies.set("curbside", "planted")
    assert (await stale.get("/today")).status_code == 303


async def test_claims_that_only_userinfo_has_are_taken_from_there_for_the_same_person(
    clinic: Clinic, liar: Hostile, issuer: Issuer
) -> None:
    liar.without = ("email", "email_verified")
    liar.userinfo = {"sub": "somebody-else", "email": "admin@demo.test", "email_verified": True}
    assert (await clinic.sign_in(liar, issuer)).status_code == 403
    liar.userinfo = {"sub": "rose", "email": "pcp@demo.test", "email_verified": True}
    assert (await clinic.sign_in(liar, issuer)).status_code == 303


async def confirmed(clinic: Clinic, liar: Hostile, issuer: Issuer, browser: httpx2.AsyncClient) -> httpx2.Response:
    answer = await browser.get(f"/login/oidc/{issuer.id}/confirm?next=/admin")
    assert answer.status_code == 303
    asked = dict(parse_qsl(urlsplit(answer.headers["location"]).query))
    assert (asked["prompt"], asked["max_age"]) == ("login", "0")
    return await clinic.come_back(issuer, browser, liar.signs_in(answer.headers["location"]))


async def proved_at(clinic: Clinic) -> datetime:
    return (await clinic.sessions())[0].proved_at


async def test_the_issuer_proves_the_person_of_a_session_anew(clinic: Clinic, liar: Hostile, issuer: Issuer) -> None:
    browser = clinic.world.browser()
    await clinic.sign_in(liar, issuer, browser)
    clinic.world.clock.pass_(minutes=20)
    answer = await confirmed(clinic, liar, issuer, browser)
    assert (answer.status_code, answer.headers["location"]) == (303, "/admin")
    assert await proved_at(clinic) == clinic.world.clock()
    assert len(await clinic.sessions()) == 1


async def test_a_stolen_cookie_does_not_become_good_for_more_by_the_owner_s_proof(
    clinic: Clinic, liar: Hostile, issuer: Issuer
) -> None:
    browser, thief = clinic.world.browser(), clinic.world.browser()
    await clinic.sign_in(liar, issuer, browser)
    thief.cookies.set("curbside", browser.cookies["curbside"], domain="127.0.0.1")
    await confirmed(clinic, liar, issuer, browser)
    assert (await browser.get("/account")).status_code == 200
    assert (await thief.get("/account")).status_code == 303


@pytest.mark.parametrize(
    "lie",
    [
        {"claims": {"auth_time": 1}},
        {"without": ("auth_time",)},
        {"claims": {"auth_time": True}},
        {"claims": {"sub": "ada"}},
    ],
)
async def test_only_a_fresh_proof_of_the_same_person_counts(
    clinic: Clinic, liar: Hostile, issuer: Issuer, lie: dict[str, Any]
) -> None:
    browser = clinic.world.browser()
    await clinic.sign_in(liar, issuer, browser)
    began = clinic.world.clock()
    clinic.world.clock.pass_(minutes=20)
    for name, value in lie.items():
        setattr(liar, name, value)
    assert (await confirmed(clinic, liar, issuer, browser)).status_code == 403
    assert await proved_at(clinic) == began


async def test_a_proof_counts_for_the_session_that_asked_only(clinic: Clinic, liar: Hostile, issuer: Issuer) -> None:
    browser = clinic.world.browser()
    await clinic.sign_in(liar, issuer, browser)
    address = (await browser.get(f"/login/oidc/{issuer.id}/confirm")).headers["location"]
    await clinic.sign_in(liar, issuer, clinic.world.browser())
    binding = browser.cookies["curbside_oidc"]
    browser.cookies.clear()
    browser.cookies.set("curbside_oidc", binding)
    assert (await clinic.come_back(issuer, browser, liar.signs_in(address))).status_code == 403


async def test_an_issuer_that_was_switched_off_meanwhile_signs_nobody_in(
    clinic: Clinic, liar: Hostile, issuer: Issuer
) -> None:
    browser = clinic.world.browser()
    said = liar.signs_in(await clinic.begin(issuer, browser))
    await clinic.set(issuer, disabled_at=clinic.world.clock())
    assert (await clinic.come_back(issuer, browser, said)).status_code == 404
    assert (await browser.get(f"/login/oidc/{issuer.id}")).status_code == 404


async def test_an_endless_session_name_is_not_kept(clinic: Clinic, liar: Hostile, issuer: Issuer) -> None:
    liar.claims = {"sid": "x" * 300, "amr": ["y" * 100]}
    assert (await clinic.sign_in(liar, issuer)).status_code == 303
    (row,) = await clinic.sessions()
    assert (row.issuer_session, row.methods) == ("", "fed")


async def test_an_invitation_that_is_over_is_said_before_anybody_goes_anywhere(clinic: Clinic, issuer: Issuer) -> None:
    with pytest.raises(SignInRefused) as refused:
        await begin_oidc(clinic.world.deps, issuer.id, Wish(invitation="made-up"))
    assert refused.value.trouble is Trouble.INVITATION
