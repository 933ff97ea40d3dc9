"""Who is there: staff accounts and their sessions, and patients' one-time links."""

from server.identity import (
    authenticator_pages,
    pages,
    passkey_pages,
    second_step_pages,
    session_pages,
    step_up_pages,
)
from server.identity.account_link_actions import (
    AccountLinkTerms,
    account_link_email,
    look_at_account_link,
    make_account_link,
    new_setup_link,
    spend_account_link,
)
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
from server.identity.member_actions import (
    HAS_ACCOUNT,
    NewMember,
    accept_invitation,
    account_exists,
    change_member,
    disable_member,
    enable_member,
    grant,
    invite,
    join,
    renew_invitation,
    revoke_invitation,
)
from server.identity.member_store import (
    Member,
    any_administrator,
    invitations_of,
    issuers_of,
    member_by_id,
    members_of,
)
from server.identity.middleware import DEVICE_COOKIE, VISIT_COOKIE, Sessions, waiting_device
from server.identity.pages import give_session, go_on, let_in_account
from server.identity.password_rules import refused_password
from server.identity.passwords import hash_password
from server.identity.rules import MAX_WRONG_ANSWERS, LinkState, link_state
from server.identity.second_step_actions import require_second_factor
from server.identity.session_actions import end_session, end_sessions_of
from server.identity.session_keys import live_session_keys
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
    AccountLink,
    ClinicCoverage,
    EmergencyAccess,
    Membership,
    PageSession,
    PatientAccount,
)

__all__ = [
    "DEVICE_COOKIE",
    "HAS_ACCOUNT",
    "MAX_WRONG_ANSWERS",
    "VISIT_COOKIE",
    "AccessLink",
    "Account",
    "AccountLink",
    "AccountLinkTerms",
    "Browser",
    "ClinicCoverage",
    "EmergencyAccess",
    "Entry",
    "LinkState",
    "LinkTerms",
    "Member",
    "Membership",
    "NewMember",
    "PageSession",
    "PatientAccount",
    "Sessions",
    "SignIn",
    "Ways",
    "accept_invitation",
    "account_by_email",
    "account_email",
    "account_exists",
    "account_link_email",
    "any_administrator",
    "ask_to_confirm",
    "browser_secret",
    "change_member",
    "close_link",
    "disable_member",
    "enable_member",
    "end_session",
    "end_sessions_of",
    "enter",
    "expect_code",
    "forget_authenticators",
    "give_session",
    "go_on",
    "grant",
    "guest_of",
    "hash_password",
    "hold_link",
    "invitations_of",
    "invite",
    "issuers_of",
    "join",
    "let_in",
    "let_in_account",
    "link_by_asking",
    "link_by_browser",
    "link_by_id",
    "link_state",
    "links_by_ids",
    "live_session_keys",
    "look_at_account_link",
    "make_account_link",
    "make_link",
    "member_by_id",
    "members_of",
    "names_of_accounts",
    "new_account",
    "new_code",
    "new_setup_link",
    "open_link",
    "prove_link",
    "reach_of",
    "refused_password",
    "renew_invitation",
    "require_second_factor",
    "revoke_invitation",
    "routes",
    "second_factor_roles",
    "spend_account_link",
    "spend_link_code",
    "start_session",
    "unlock_link",
    "waiting_device",
    "ways_of",
]

routes = [
    *pages.routes,
    *second_step_pages.routes,
    *session_pages.routes,
    *passkey_pages.routes,
    *authenticator_pages.routes,
    *step_up_pages.routes,
]
