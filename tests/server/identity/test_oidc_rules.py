"""What of a provider's metadata, answers and claims counts. The tokens' lies are in test_oidc_actions.py."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from server.access import Role
from server.identity.oidc_rules import (
    LOGOUT_EVENT,
    SignInRefused,
    Trouble,
    algorithms,
    check_answer,
    check_id_token,
    check_logout_token,
    check_proved_again,
    claimed_roles,
    domain_of,
    endpoint,
    issuer_trouble,
    metadata_trouble,
    methods_of,
    name_of,
    read_role_lines,
    refresh_moment,
    role_lines,
    token_method,
    verified_email,
)

ISSUER = "https://id.example.org/realms/clinic"
NOW = datetime(2026, 11, 24, 17, tzinfo=UTC)
AT = int(NOW.timestamp())
ENTRA = "https://login.microsoftonline.com/8d0e5c0e-6f0c-4c3b-9d1f-1a2b3c4d5e6f/v2.0"


def metadata(**changes: Any) -> dict[str, Any]:
    return {
        "issuer": ISSUER,
        "authorization_endpoint": f"{ISSUER}/auth",
        "token_endpoint": f"{ISSUER}/token",
        "jwks_uri": f"{ISSUER}/keys",
        **changes,
    }


@pytest.mark.parametrize("issuer", [ISSUER, ENTRA, "http://10.0.0.5:8080/realms/clinic", "https://accounts.google.com"])
def test_an_issuers_own_address_is_taken(issuer: str) -> None:
    assert issuer_trouble(issuer) == ""


@pytest.mark.parametrize(
    "issuer",
    ["", "id.example.org", "ftp://id.example.org", "https://", f"{ISSUER}?x=1", f"{ISSUER}#x", "https://a@b.org"],
)
def test_what_is_no_issuers_address_is_said(issuer: str) -> None:
    assert issuer_trouble(issuer).startswith("Enter the issuer's address")


@pytest.mark.parametrize("tenant", ["common/v2.0", "organizations/v2.0", "Common/v2.0", "consumers/v2.0", ""])
def test_microsofts_issuer_for_everybody_is_refused(tenant: str) -> None:
    assert "tenant" in issuer_trouble(f"https://login.microsoftonline.com/{tenant}")


def test_metadata_that_fit_have_no_trouble() -> None:
    assert metadata_trouble(metadata(code_challenge_methods_supported=["plain", "S256"]), ISSUER) == ""


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"issuer": f"{ISSUER}/"}, "another address"),
        ({"issuer": None}, "another address"),
        ({"token_endpoint": None}, "not the address of an OpenID provider"),
        ({"authorization_endpoint": "javascript:alert(1)"}, "not the address of an OpenID provider"),
        ({"jwks_uri": "http://id.example.org/keys"}, "not the address of an OpenID provider"),
        ({"code_challenge_methods_supported": ["plain"]}, "PKCE"),
    ],
)
def test_metadata_that_do_not_fit_are_said(changes: dict[str, Any], words: str) -> None:
    assert words in metadata_trouble(metadata(**changes), ISSUER)


def test_an_endpoint_is_as_safe_as_its_issuer() -> None:
    plain = {"token_endpoint": "http://10.0.0.5/token"}
    assert endpoint(plain, "token_endpoint", "http://10.0.0.5") == "http://10.0.0.5/token"
    assert endpoint(plain, "token_endpoint", ISSUER) == ""
    assert endpoint({"token_endpoint": f"{ISSUER}/t#x"}, "token_endpoint", ISSUER) == ""


def test_only_signatures_with_public_keys_count() -> None:
    offered = {"id_token_signing_alg_values_supported": ["none", "HS256", "ES256", "RS256"]}
    assert algorithms(offered) == ["RS256", "ES256"]
    assert algorithms({}) == ["RS256"]
    assert algorithms({"id_token_signing_alg_values_supported": "RS512"}) == ["RS256"]


def test_the_secret_is_sent_the_way_that_the_provider_takes_it() -> None:
    assert token_method({}) == "client_secret_basic"
    assert token_method({"token_endpoint_auth_methods_supported": ["client_secret_post"]}) == "client_secret_post"


@pytest.mark.parametrize(
    ("answer", "announced", "trouble"),
    [
        ({"code": "c", "iss": ISSUER}, True, None),
        ({"code": "c"}, False, None),
        ({"code": "c"}, True, Trouble.BROKEN),
        ({"code": "c", "iss": f"{ISSUER}/"}, False, Trouble.BROKEN),
        ({"error": "access_denied"}, False, Trouble.CANCELLED),
        ({"error": "access_denied", "code": "c"}, False, Trouble.CANCELLED),
        ({}, False, Trouble.BROKEN),
    ],
)
def test_an_answer_says_who_gives_it(answer: dict[str, str], announced: bool, trouble: Trouble | None) -> None:
    told = metadata(authorization_response_iss_parameter_supported=announced)
    assert trouble_of(check_answer, answer, told, ISSUER) is trouble


def trouble_of(check: Any, *given: Any) -> Trouble | None:
    try:
        check(*given)
    except SignInRefused as error:
        return error.trouble
    return None


def token(**changes: Any) -> dict[str, Any]:
    base = {"iss": ISSUER, "sub": "s", "aud": "us", "exp": AT + 60, "iat": AT, "nonce": "n"}
    return {name: value for name, value in {**base, **changes}.items() if value is not None}


@pytest.mark.parametrize(
    ("changes", "fits"),
    [
        ({}, True),
        ({"aud": ["us"]}, True),
        ({"aud": ["us", "them"], "azp": "us"}, True),
        ({"exp": AT - 59}, True),
        ({"exp": AT - 61}, False),
        ({"iat": AT + 59}, True),
        ({"iat": AT + 61}, False),
        ({"nbf": AT + 61}, False),
        ({"exp": "tomorrow"}, False),
        ({"aud": {"us": 1}}, False),
        ({"nonce": ["n"]}, False),
        ({"sub": 7}, False),
        ({"sub": None}, False),
        ({"amr": "pwd"}, False),
        ({"auth_time": "now"}, False),
    ],
)
def test_an_id_token_is_checked_with_a_minute_of_leeway(changes: dict[str, Any], fits: bool) -> None:
    expected = {"issuer": ISSUER, "client_id": "us", "nonce": "n", "access_token": "a"}
    assert (trouble_of(check_id_token, token(**changes), {"alg": "RS256"}, expected, NOW) is None) is fits


@pytest.mark.parametrize(("moment", "fits"), [(AT - 60, True), (AT - 61, False), (AT + 30, True), (AT + 99, False)])
def test_a_new_proof_is_younger_than_the_question(moment: int, fits: bool) -> None:
    assert (trouble_of(check_proved_again, {"auth_time": moment}, NOW, NOW) is None) is fits


def test_a_logout_token_need_not_end() -> None:
    claims = {"iss": ISSUER, "aud": ["us"], "iat": AT, "jti": "1", "events": {LOGOUT_EVENT: {}}, "sub": "s"}
    assert trouble_of(check_logout_token, claims, ISSUER, "us", NOW) is None
    assert trouble_of(check_logout_token, {**claims, "exp": AT - 61}, ISSUER, "us", NOW) is Trouble.BROKEN


@pytest.mark.parametrize("edov", [True, "1", "true"])
def test_microsoft_vouches_for_an_email_by_its_domains_owner(edov: object) -> None:
    assert verified_email({"email": "Rose@Cedar.example", "xms_edov": edov}, ENTRA) == "rose@cedar.example"


@pytest.mark.parametrize(("edov", "issuer"), [(True, ISSUER), (False, ENTRA), (["1"], ENTRA), ("0", ENTRA)])
def test_nobody_else_does(edov: object, issuer: str) -> None:
    assert trouble_of(verified_email, {"email": "rose@cedar.example", "xms_edov": edov}, issuer) is Trouble.UNVERIFIED


@pytest.mark.parametrize(
    ("email", "domain"),
    [
        ("rose@Cedar.Example", "cedar.example"),
        ("rose", ""),
        ("@cedar.example", ""),
        ("rose@cedar", ""),
        ("a@b.example@cedar.example", ""),
    ],
)
def test_a_domain_is_what_follows_the_only_at(email: str, domain: str) -> None:
    assert domain_of(email) == domain


@pytest.mark.parametrize(
    ("path", "claims", "roles"),
    [
        ("groups", {"groups": ["doctors", "others"]}, {Role.PCP}),
        ("groups", {"groups": "doctors"}, {Role.PCP}),
        ("groups", {"groups": [["doctors"], 7, None]}, set()),
        ("groups", {"groups": {"doctors": True}}, set()),
        ("groups", {}, set()),
        ("realm_access.roles", {"realm_access": {"roles": ["desk", "doctors"]}}, {Role.PCP, Role.FRONT_DESK}),
        ("realm_access.roles", {"realm_access": ["roles"]}, set()),
        ("https://cedar.example/roles", {"https://cedar.example/roles": ["desk"]}, {Role.FRONT_DESK}),
        ("groups", {"groups": ["patients"]}, set()),
        ("", {"groups": ["doctors"]}, set()),
    ],
)
def test_claimed_roles_are_those_of_staff_that_the_map_names(
    path: str, claims: dict[str, Any], roles: set[Role]
) -> None:
    assert claimed_roles(claims, path, {"doctors": "pcp", "desk": "frontdesk", "patients": "patient"}) == roles


@pytest.mark.parametrize(
    ("amr", "methods"),
    [
        (["pwd", "otp", "pwd"], ("pwd", "otp")),
        (None, ("fed",)),
        ([], ("fed",)),
        (["a,b", 7, "hwk"], ("hwk",)),
        (["x" * 59, "otp"], ("x" * 59,)),
    ],
)
def test_the_ways_of_proof_are_kept_as_far_as_they_fit(amr: object, methods: tuple[str, ...]) -> None:
    assert methods_of({"amr": amr}) == methods


@pytest.mark.parametrize(
    ("claims", "name"),
    [
        ({"name": "Rose Okafor"}, "Rose Okafor"),
        ({"given_name": "Rose", "family_name": "Okafor"}, "Rose Okafor"),
        ({"name": "Rose\n\x00Okafor"}, "RoseOkafor"),
        ({}, "rose"),
        ({"name": "x" * 200}, "x" * 120),
    ],
)
def test_an_account_is_named_as_the_issuer_says(claims: dict[str, Any], name: str) -> None:
    assert name_of(claims, "rose@cedar.example") == name


@pytest.mark.parametrize(
    ("seconds", "waits"), [(300, 240), ("360", 300), (10, 60), (90_000, 3600), (None, 3540), ("soon", 3540)]
)
def test_an_issuer_is_asked_again_before_its_access_token_ends(seconds: object, waits: int) -> None:
    assert refresh_moment(seconds, NOW) == NOW + timedelta(seconds=waits)


def test_role_lines_are_read_as_they_are_written() -> None:
    mapping = {"doctors": "pcp", "CN=a=b": "frontdesk"}
    assert read_role_lines(role_lines(mapping)) == mapping
    assert read_role_lines("\n doctors=pcp \n\n") == {"doctors": "pcp"}
    assert read_role_lines("") == {}


@pytest.mark.parametrize("line", ["doctors", "doctors = king", "= pcp", "doctors = patient"])
def test_a_line_without_value_or_role_is_not_read(line: str) -> None:
    assert read_role_lines(f"desk = frontdesk\n{line}") is None
