"""What an authenticator app is set up with: the secret as text, as an address (otpauth) and as a drawing of it."""

from dataclasses import dataclass

import pyotp
import segno
from markupsafe import Markup
from sqlmodel.ext.asyncio.session import AsyncSession

from server.identity.authenticator_store import account_by_id, app_secret
from server.identity.store import account_email
from server.identity.tables import Authenticator
from server.kit import Keyring


@dataclass(frozen=True, slots=True)
class Enrolment:
    """The secret in groups of four for typing it in, and the address that an app reads."""

    secret: str
    address: str


async def enrolment(session: AsyncSession, keyring: Keyring, row: Authenticator) -> Enrolment:
    """Give what an app that was begun is set up with."""
    secret = app_secret(keyring, row)
    email = account_email(keyring, await account_by_id(session, row.account_id))
    groups = " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
    return Enrolment(groups, pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name="Curbside"))


def drawn(begun: Enrolment) -> Markup:
    """Draw the address as a QR code: an SVG element without any style, dark on light in every theme."""
    code = segno.make(begun.address, error="m")
    return Markup(code.svg_inline(omitsize=True, border=3, dark="#000", light="#fff", svgclass="qr", lineclass=None))  # noqa: S704 - made of numbers alone
