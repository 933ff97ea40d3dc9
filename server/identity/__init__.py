"""Who is there: staff accounts and their sessions, and patients' one-time links."""

from server.identity.actions import SignIn, new_account, start_session
from server.identity.link_actions import (
    Browser,
    LinkTerms,
    browser_secret,
    close_link,
    expect_code,
    guest_of,
    hold_link,
    let_in,
    make_link,
    new_code,
    open_link,
    prove_link,
    spend_link_code,
    unlock_link,
)
from server.identity.middleware import DEVICE_COOKIE, VISIT_COOKIE, Sessions, waiting_device
from server.identity.pages import routes
from server.identity.passwords import hash_password
from server.identity.rules import MAX_WRONG_ANSWERS, LinkState, link_state
from server.identity.store import (
    account_by_email,
    account_email,
    accounts_in_role,
    link_by_asking,
    link_by_browser,
    link_by_id,
    links_by_ids,
)
from server.identity.tables import (
    AccessLink,
    Account,
    ClinicCoverage,
    EmergencyAccess,
    Membership,
    PageSession,
    PatientAccount,
)

__all__ = [
    "DEVICE_COOKIE",
    "MAX_WRONG_ANSWERS",
    "VISIT_COOKIE",
    "AccessLink",
    "Account",
    "Browser",
    "ClinicCoverage",
    "EmergencyAccess",
    "LinkState",
    "LinkTerms",
    "Membership",
    "PageSession",
    "PatientAccount",
    "Sessions",
    "SignIn",
    "account_by_email",
    "account_email",
    "accounts_in_role",
    "browser_secret",
    "close_link",
    "expect_code",
    "guest_of",
    "hash_password",
    "hold_link",
    "let_in",
    "link_by_asking",
    "link_by_browser",
    "link_by_id",
    "link_state",
    "links_by_ids",
    "make_link",
    "new_account",
    "new_code",
    "open_link",
    "prove_link",
    "routes",
    "spend_link_code",
    "start_session",
    "unlock_link",
    "waiting_device",
]
