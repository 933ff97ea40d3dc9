"""Pure decisions about second factors and passkeys: which code is right, what is asked for, what may not be removed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from ipaddress import ip_address
from urllib.parse import urlsplit

import pyotp

from server.kit.forms import N_

# Seconds that a one-time code is valid (RFC 6238 section 5.2), and how many steps a clock may be off to either side.
PERIOD, DRIFT = 30, 1
# How long an app that was begun waits for its first code.
PENDING = timedelta(minutes=10)
MOST_AUTHENTICATORS = 10
CODES = 10
# What a recovery code is written with: no letter or digit that is taken for another.
CODE_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
CODE_LENGTH = 10

LAST_WAY_IN = N_("This is the last way into your account. Add another one first.")
LAST_FACTOR = N_("Your organization asks you for a second step when you sign in. Add another one first.")


class Asked(StrEnum):
    """What must follow a right password before a session starts."""

    NOTHING = "nothing"
    FACTOR = "factor"
    ENROL = "enrol"


class Part(StrEnum):
    """What an account can be proved with, and what may be taken away from it."""

    PASSWORD = "password"  # noqa: S105 - a kind, not a secret
    PASSKEY = "passkey"
    APP = "app"


@dataclass(frozen=True, slots=True)
class Ways:
    """What an account can be proved with: how many of each, and whether one of its roles needs a second factor."""

    password: bool = False
    passkeys: int = 0
    apps: int = 0
    issuers: int = 0
    codes: int = 0
    needs_second: bool = False

    @property
    def ways_in(self) -> int:
        """Count what signs in by itself. A one-time code only comes after a password."""
        return self.password + self.passkeys + self.issuers

    @property
    def second_factors(self) -> int:
        """Count what can follow a password. Recovery codes stand in for these, they are none."""
        return self.passkeys + self.apps


def asked_after_password(ways: Ways) -> Asked:
    """Say what follows a right password: an app's code wherever there is an app, or what the role needs."""
    if ways.apps or (ways.needs_second and ways.second_factors):
        return Asked.FACTOR
    return Asked.ENROL if ways.needs_second else Asked.NOTHING


def refuses_removal(part: Part, ways: Ways) -> str:
    """Say why one of these may not be removed; empty when it may."""
    if part is not Part.APP and ways.ways_in <= 1:
        return LAST_WAY_IN
    if part is not Part.PASSWORD and ways.password and ways.needs_second and ways.second_factors <= 1:
        return LAST_FACTOR
    return ""


def code_alone_is_enough(ways: Ways) -> bool:
    """Tell whether an app's code may prove a signed-in person: only where there is nothing stronger to ask for."""
    return bool(ways.apps) and not ways.password and not ways.passkeys


def time_step(now: datetime) -> int:
    """Give the time step of a moment (RFC 6238 section 4.2)."""
    return int(now.timestamp()) // PERIOD


def matching_step(secret: str, code: str, now: datetime, last_step: int) -> int | None:
    """Give the time step that a code of six digits belongs to, now or one step to either side.

    None for a wrong code, and for one of a step that was accepted before or lies before it (RFC 6238 section 5.2).
    """
    if len(code) != 6 or not (code.isascii() and code.isdigit()):
        return None
    totp, here = pyotp.TOTP(secret, interval=PERIOD), time_step(now)
    for step in range(max(here - DRIFT, last_step + 1), here + DRIFT + 1):
        if pyotp.utils.strings_equal(totp.generate_otp(step), code):
            return step
    return None


def typed_code(text: str) -> str:
    """Read a code as people type it: with spaces or dashes, in capitals."""
    return "".join(letter for letter in text.lower() if letter.isalnum())


def counter_is_good(stored: int, told: int) -> bool:
    """Tell whether a passkey's counter went up; one that always says 0 keeps none (WebAuthn 3, section 6.1.1)."""
    return told > stored or told == stored == 0


@dataclass(frozen=True, slots=True)
class RelyingParty:
    """Whom a passkey is for: the host's name, and the origin that pages have (WebAuthn 3, section 5.1.3)."""

    id: str
    origin: str

    @property
    def is_named(self) -> bool:
        """Tell whether browsers make passkeys here: for a name they do, for a bare address they do not."""
        try:
            ip_address(self.id.strip("[]"))
        except ValueError:
            return bool(self.id)
        return False


def relying_party(origins: frozenset[str], public_url: str, origin: str) -> RelyingParty:
    """Give whom a passkey is for: the public address, or the other name of loopback when the page was opened there."""
    here = origin if origin in origins else public_url
    return RelyingParty(urlsplit(here).hostname or "", here)
