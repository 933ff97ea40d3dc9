"""Limits on tries of passwords that lock nobody else out: device cookies, as OWASP describes them.

A browser in which an account signed in well keeps a signed cookie that names the account. Tries from it are counted for
this account and device alone. So whoever guesses from elsewhere, from however many addresses, uses up what is allowed
to strange devices, and its owner still gets in. Colleagues behind one address have nothing to do with each other.
"""

import secrets

from starlette.requests import Request
from starlette.responses import Response

from server.identity.store import email_index
from server.kit import Keyring
from server.web import client_address, deps, read_cookie, set_cookie

COOKIE = "curbside_known"
LIFETIME_DAYS = 180
# People who share a browser, as at a clinic's front desk: so many of them are remembered, the latest first.
MOST_ACCOUNTS = 8

DEVICE = ("10/minute", "60/hour")  # a known device on its account
PAIR = "10/minute"  # one address on one account
STRANGERS = "100/hour"  # all strange devices together on one account
ADDRESS = "100/minute"  # one address over all accounts, from strange devices: a whole clinic may be behind it


async def spend_sign_in(request: Request, email: str) -> None:
    """Count a try to sign in to the account of an e-mail, before anything is hashed. Raises TooMany."""
    limits, account = deps(request).limits, email_index(deps(request).keyring, email)
    if nonce := _nonce_for(request, account):
        for limit in DEVICE:
            await limits.spend("sign-in device", limit, f"{account.hex()}|{nonce}")
        return
    address = client_address(request)
    await limits.spend("sign-in address", ADDRESS, address)
    await limits.spend("sign-in pair", PAIR, f"{account.hex()}|{address}")
    await limits.spend("sign-in strangers", STRANGERS, account.hex())


def remember_device(request: Request, response: Response, account: bytes) -> None:
    """Let the browser keep that an account, named by its e-mail's keyed hash, has signed in well."""
    tools, nonce = deps(request), secrets.token_urlsafe(9)
    others = [entry for entry in _entries(request) if not _names(tools.keyring, entry, account)]
    kept = [f"{nonce}.{_mark(tools.keyring, nonce, account)}", *others][:MOST_ACCOUNTS]
    set_cookie(response, tools.settings, COOKIE, "~".join(kept), max_age=LIFETIME_DAYS * 86400)


def _nonce_for(request: Request, account: bytes) -> str:
    """Give the nonce under which this browser is known to the account; empty when it is not."""
    keyring = deps(request).keyring
    return next((entry.partition(".")[0] for entry in _entries(request) if _names(keyring, entry, account)), "")


def _entries(request: Request) -> list[str]:
    value = read_cookie(request, deps(request).settings, COOKIE)
    return [entry for entry in value.split("~") if entry and entry.isascii()][:MOST_ACCOUNTS]


def _names(keyring: Keyring, entry: str, account: bytes) -> bool:
    nonce, _, mark = entry.partition(".")
    return secrets.compare_digest(mark, _mark(keyring, nonce, account))


def _mark(keyring: Keyring, nonce: str, account: bytes) -> str:
    return keyring.index(f"{nonce}|{account.hex()}", "known device").hex()
