"""Pure decisions about OpenID providers: what of their metadata, answers and tokens counts, and which roles they give.

Sources: OpenID Connect Core 1.0, Discovery 1.0, Back-Channel Logout 1.0; RFC 9207 (who answered); RFC 8176 (`amr`).
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from authlib.oidc.core import CodeIDToken
from joserfc.errors import JoseError

from server.access import STAFF, Role
from server.kit.errors import CurbsideError
from server.kit.forms import N_

# Signatures with public keys only: never `none`, never a shared secret.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
LEEWAY = 60
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
LOGOUT_AGE = 300
_MOST_METHODS = 60
_LONGEST = 255
_ANY_TENANT = frozenset({"common", "organizations", "consumers"})
_MICROSOFT = frozenset({"login.microsoftonline.com", "login.microsoftonline.us", "login.partner.microsoftonline.cn"})

Claims = Mapping[str, Any]


class Trouble(StrEnum):
    """Why a sign-in with a provider did not come about; each has a page of words."""

    UNREACHABLE = "unreachable"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    BROKEN = "broken"
    NO_EMAIL = "no_email"
    UNVERIFIED = "unverified"
    UNKNOWN = "unknown"
    NO_ROLE = "no_role"
    DISABLED = "disabled"
    INVITATION = "invitation"
    OTHER_PERSON = "other_person"


class SignInRefused(CurbsideError):
    """A sign-in with a provider is refused. `detail` is for the audit trail and names no person."""

    status = 403

    def __init__(self, trouble: Trouble, detail: str) -> None:
        """Keep what went wrong."""
        super().__init__(trouble)
        self.trouble, self.detail = trouble, detail
        self.status = 503 if trouble is Trouble.UNREACHABLE else 403


def issuer_trouble(issuer: str) -> str:
    """Say what is wrong with an issuer's address as it is configured; empty when nothing is."""
    parts = urlsplit(issuer)
    if parts.scheme not in {"https", "http"} or not parts.hostname or parts.query or parts.fragment or parts.username:
        return N_("Enter the issuer's address, like https://id.example.org/realms/clinic.")
    first = parts.path.strip("/").split("/")[0].lower()
    if parts.hostname in _MICROSOFT and (first in _ANY_TENANT or not first):
        return N_("Use your own tenant's address: https://login.microsoftonline.com/<tenant id>/v2.0.")
    return ""


def metadata_trouble(metadata: Claims, issuer: str) -> str:
    """Say what is wrong with a provider's metadata (Discovery 1.0, section 3); empty when nothing is."""
    if metadata.get("issuer") != issuer:
        return N_("The provider calls itself by another address. Copy the issuer exactly as the provider writes it.")
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
        if not endpoint(metadata, name, issuer):
            return N_("This is not the address of an OpenID provider.")
    if "S256" not in (_words(metadata, "code_challenge_methods_supported") or ["S256"]):
        return N_("The provider does not offer PKCE with S256, which Curbside needs.")
    return ""


def endpoint(metadata: Claims, name: str, issuer: str) -> str:
    """Give one of a provider's addresses, when it is as safe as the issuer's own; else nothing."""
    value = metadata.get(name)
    if not isinstance(value, str):
        return ""
    allowed = {"https", urlsplit(issuer).scheme}
    parts = urlsplit(value)
    return value if parts.scheme in allowed and parts.hostname and not parts.fragment else ""


def algorithms(metadata: Claims) -> list[str]:
    """Give the algorithms in which this provider may sign."""
    offered = _words(metadata, "id_token_signing_alg_values_supported") or ["RS256"]
    return [name for name in ALGORITHMS if name in offered]


def token_method(metadata: Claims) -> str:
    """Say how the client names itself with its secret: `client_secret_basic` unless only the other way is offered."""
    offered = _words(metadata, "token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    return "client_secret_basic" if "client_secret_basic" in offered else "client_secret_post"


def _words(metadata: Claims, name: str) -> list[object]:
    value = metadata.get(name)
    return value if isinstance(value, list) else []


def check_answer(answer: Mapping[str, str], metadata: Claims, issuer: str) -> None:
    """Check who answered (RFC 9207) and that it is no error. Raises SignInRefused."""
    told = answer.get("iss")
    if told is None and metadata.get("authorization_response_iss_parameter_supported") is True:
        raise SignInRefused(Trouble.BROKEN, "answer without iss")
    if told is not None and told != issuer:
        raise SignInRefused(Trouble.BROKEN, "answer of another issuer")
    if "error" in answer:
        raise SignInRefused(Trouble.CANCELLED, "error of the issuer")
    if not answer.get("code"):
        raise SignInRefused(Trouble.BROKEN, "answer without code")


def check_id_token(claims: Claims, header: Claims, expected: Mapping[str, str], now: datetime) -> None:
    """Check an id_token whose signature is good (Core 1.0, section 3.1.3.7). Raises SignInRefused.

    `expected` holds `issuer`, `client_id`, `access_token`, and `nonce` where one was sent.
    """
    options = {
        "iss": {"essential": True, "value": expected["issuer"]},
        "aud": {"essential": True, "value": expected["client_id"]},
    }
    params = {name: expected[name] for name in ("client_id", "nonce", "access_token") if name in expected}
    try:
        CodeIDToken(dict(claims), dict(header), options, params).validate(int(now.timestamp()), LEEWAY)
    except (JoseError, TypeError, ValueError, AttributeError) as error:
        raise SignInRefused(Trouble.BROKEN, f"id_token: {getattr(error, 'claim', 'form')}") from None
    if not _is_name(claims.get("sub")):
        raise SignInRefused(Trouble.BROKEN, "id_token: sub")


def check_proved_again(claims: Claims, asked_at: datetime, now: datetime) -> None:
    """Check that the person was asked anew after `asked_at` (Core 1.0, `max_age`). Raises SignInRefused."""
    proved = claims.get("auth_time")
    soonest, latest = asked_at.timestamp() - LEEWAY, now.timestamp() + LEEWAY
    if isinstance(proved, bool) or not isinstance(proved, int | float) or not soonest <= proved <= latest:
        raise SignInRefused(Trouble.BROKEN, "id_token: auth_time")


def check_logout_token(claims: Claims, issuer: str, client_id: str, now: datetime) -> None:
    """Check a logout token whose signature is good (Back-Channel Logout 1.0, section 2.6). Raises SignInRefused."""
    audience = claims.get("aud")
    issued, ends = (claims.get(name) for name in ("iat", "exp"))
    at = now.timestamp()
    right = (
        claims.get("iss") == issuer
        and client_id in (audience if isinstance(audience, list) else [audience])
        and isinstance(issued, int | float)
        and at - LOGOUT_AGE - LEEWAY <= issued <= at + LEEWAY
        and (ends is None or (isinstance(ends, int | float) and at < ends + LEEWAY))
    )
    if not right or not _is_logout(claims):
        raise SignInRefused(Trouble.BROKEN, "logout_token")


def _is_logout(claims: Claims) -> bool:
    events = claims.get("events")
    names_somebody = _is_name(claims.get("sub")) or _is_name(claims.get("sid"))
    says_so = isinstance(events, dict) and isinstance(events.get(LOGOUT_EVENT), dict)
    return says_so and "nonce" not in claims and names_somebody and _is_name(claims.get("jti"))


def _is_name(value: object) -> bool:
    return isinstance(value, str) and 0 < len(value) <= _LONGEST


def verified_email(claims: Claims, issuer: str) -> str:
    """Give the e-mail that the issuer vouches for, in lower case. Raises SignInRefused when there is none.

    Microsoft Entra sends no `email_verified`; its optional claim `xms_edov` says that the domain's owner was verified.
    """
    email = claims.get("email")
    if not isinstance(email, str) or not domain_of(email) or len(email) > 254:
        raise SignInRefused(Trouble.NO_EMAIL, "no e-mail")
    by_owner = urlsplit(issuer).hostname in _MICROSOFT and claims.get("xms_edov") in (True, "1", "true")
    if claims.get("email_verified") is not True and not by_owner:
        raise SignInRefused(Trouble.UNVERIFIED, "e-mail not verified")
    return email.lower()


def domain_of(email: str) -> str:
    """Give the domain of an e-mail address in lower case; empty when it is no address."""
    name, _, domain = email.strip().lower().rpartition("@")
    return domain if name and "@" not in name and "." in domain.strip(".") else ""


def claimed_roles(claims: Claims, path: str, mapping: Mapping[str, str]) -> frozenset[Role]:
    """Give the roles of staff that a claim names; `path` leads into nested claims with dots (realm_access.roles).

    A claim whose own name has dots (a URL, as some providers want it) is found under its whole name.
    """
    value: object = claims.get(path, _nested(claims, path.split(".")))
    values = value if isinstance(value, list) else [value]
    named = {mapping[text] for text in values if isinstance(text, str) and text in mapping}
    return frozenset(role for role in STAFF if role.value in named)


def _nested(value: object, path: Iterable[str]) -> object:
    for name in path:
        if not isinstance(value, Mapping):
            return None
        value = value.get(name)
    return value


def methods_of(claims: Claims) -> tuple[str, ...]:
    """Give how the issuer proved the person (`amr`, RFC 8176), as much as is kept; "fed" where it does not say."""
    told = claims.get("amr")
    kept: list[str] = []
    for word in told if isinstance(told, list) else []:
        fits = isinstance(word, str) and word.isalnum() and len(",".join([*kept, word])) <= _MOST_METHODS
        if fits and word not in kept:
            kept.append(word)
    return tuple(kept) or ("fed",)


def name_of(claims: Claims, email: str) -> str:
    """Give the name of a new account."""
    parts = [claims.get(name) for name in ("given_name", "family_name")]
    whole = claims.get("name") or " ".join(part for part in parts if isinstance(part, str))
    name = "".join(letter for letter in str(whole) if letter.isprintable()).strip()
    return (name or email.partition("@")[0])[:120]


def refresh_moment(seconds: object, now: datetime) -> datetime:
    """Say when to ask the issuer again whether the session holds: as its access token ends, within bounds."""
    lasts = int(seconds) if isinstance(seconds, int | float | str) and str(seconds).isdigit() else 3600
    return now + timedelta(seconds=min(max(lasts - LEEWAY, 60), 3600))


def role_lines(mapping: Mapping[str, str]) -> str:
    """Write a map of roles as people edit it: a line `value = role` each."""
    return "\n".join(f"{value} = {role}" for value, role in mapping.items())


def read_role_lines(text: str) -> dict[str, str] | None:
    """Read what `role_lines` writes; None when a line is no `value = role` or names no role of staff."""
    known, found = {role.value for role in STAFF}, {}
    for line in filter(None, (line.strip() for line in text.splitlines())):
        value, sign, role = (part.strip() for part in line.rpartition("="))
        if not sign or not value or role not in known:
            return None
        found[value] = role
    return found
