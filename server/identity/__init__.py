"""Who is there: staff accounts and their sessions, and patients' one-time links."""

from server.identity import authenticator_pages, pages, passkey_pages, second_step_pages, step_up_pages
from server.identity.actions import Entry, SignIn, enter, new_account, start_session
from server.identity.authenticator_actions import forget_authenticators
from server.identity.authenticator_rules import Ways
from server.identity.authenticator_store import second_factor_roles, ways_of
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
from server.identity.pages import give_session, go_on
from server.identity.pages import routes as sign_in_routes
from server.identity.passwords import hash_password
from server.identity.rules import MAX_WRONG_ANSWERS, LinkState, link_state
from server.identity.second_step_actions import require_second_factor
from server.identity.session_actions import end_session, end_sessions_of
from server.identity.session_keys import live_session_keys
from server.identity.session_pages import routes as session_routes
from server.identity.session_store import reach_of
from server.identity.step_up_pages import ask_to_confirm
from server.identity.store import (
    account_by_email,
    account_email,
    link_by_asking,
    link_by_browser,
    link_by_id,
    links_by_ids,
    names_of_accounts,
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

routes = [*sign_in_routes, *session_routes]

__all__ = [
    "DEVICE_COOKIE",
    "MAX_WRONG_ANSWERS",
    "VISIT_COOKIE",
    "AccessLink",
    "Account",
    "Browser",
    "ClinicCoverage",
    "EmergencyAccess",
    "Entry",
    "LinkState",
    "LinkTerms",
    "Membership",
    "PageSession",
    "PatientAccount",
    "Sessions",
    "SignIn",
    "Ways",
    "account_by_email",
    "account_email",
    "ask_to_confirm",
    "browser_secret",
    "close_link",
    "end_session",
    "end_sessions_of",
    "enter",
    "expect_code",
    "forget_authenticators",
    "give_session",
    "go_on",
    "guest_of",
    "hash_password",
    "hold_link",
    "let_in",
    "link_by_asking",
    "link_by_browser",
    "link_by_id",
    "link_state",
    "links_by_ids",
    "live_session_keys",
    "make_link",
    "names_of_accounts",
    "new_account",
    "new_code",
    "open_link",
    "prove_link",
    "reach_of",
    "require_second_factor",
    "routes",
    "second_factor_roles",
    "spend_link_code",
    "start_session",
    "unlock_link",
    "waiting_device",
    "ways_of",
]

routes = [
    *pages.routes,
    *second_step_pages.routes,
    *passkey_pages.routes,
    *authenticator_pages.routes,
    *step_up_pages.routes,
]
