"""What a patient does for and with an account: ask for it after a visit, open it from the mail, join a visit by it."""

from dataclasses import dataclass
from uuid import UUID

from server.access import Action, Actor
from server.audit import Subject, note
from server.calls import Live
from server.identity import (
    AccountLink,
    AccountWish,
    Browser,
    SignIn,
    add_to_account,
    email_index,
    expect_account,
    hash_password,
    hold_by_account,
    holder_of,
    look_at_opening,
    open_account,
)
from server.kit import N_, Conflict, Gone, Secret, field_name, new_secret
from server.outbox import Mail, queue_mail
from server.visits.actions import OVER, tell_staff
from server.visits.portal_mail import account_mail, notice_mail
from server.visits.portal_rules import may_have_account
from server.visits.portal_store import patient_of_link
from server.visits.store import Visit, visit_by_id
from server.web import Deps

NOT_YET = N_("This visit cannot be joined now. Go back to your visits to see when it opens, or call the clinic.")


@dataclass(frozen=True, slots=True)
class AccountForm:
    """What was typed to ask for an account."""

    name: str
    email: str
    password: str


async def ask_for_account(deps: Deps, actor: Actor, visit: Visit, typed: AccountForm) -> None:
    """Mail a link that opens the account. What happens takes as long and looks the same for an address that has one.

    Raises Conflict before the visit is over, and TooMany.
    """
    if not may_have_account(visit.encounter.status, visit.encounter.admitted_at):
        raise Conflict
    index = email_index(deps.keyring, typed.email)
    await deps.limits.spend("account mail", "3/10minutes", str(visit.encounter.id))
    await deps.limits.spend("account mail to", "5/hour", index.hex())
    hashed, secret = await hash_password(typed.password), new_secret()
    async with deps.database.read() as session:
        holder = await holder_of(session, index)
    mail = account_mail(deps, visit, typed.email, secret.text, known=holder.in_use)
    wish = AccountWish(visit.patient.organization_id, visit.patient.id, typed.email, typed.name, hashed)
    async with deps.database.write() as session:
        link = await expect_account(session, deps, wish, secret)
        queue_mail(session, deps, mail)
        about = Subject("AccountLink", link.id, visit.patient.id)
        note(session, deps.now(), actor, "ask_for_account", about, visit.why)


async def open_own_account(deps: Deps, token: str, password: str, how: SignIn) -> Secret | None:
    """Open the account that a mailed link stands for; gives its session's cookie, None for a wrong password.

    Raises NotFound, Conflict when the link is not usable, and TooMany.
    """
    link = (await look_at_opening(deps, token)).link
    await deps.limits.spend("account link", "10/hour", str(link.id))
    return await open_account(deps, token, password, how, await _notice(deps, link))


async def add_own_patient(deps: Deps, actor: Actor, token: str) -> UUID:
    """Add a mailed link's patient to the signed-in account; gives the patient's id. Raises NotFound, Conflict."""
    link = (await look_at_opening(deps, token)).link
    return await add_to_account(deps, actor, token, await _notice(deps, link))


async def join_own_visit(
    deps: Deps, live: Live, actor: Actor, encounter_id: UUID | None, holder: bytes, device: str
) -> Browser:
    """Let this browser hold the link of the patient's own visit, or ask to. Raises NotFound, Gone, Conflict."""
    async with deps.database.read() as session:
        visit = await visit_by_id(session, actor, Action.READ_OWN_RECORD, encounter_id)
    if visit.is_over:
        raise Gone(OVER)
    try:
        browser = await hold_by_account(deps, actor, visit.encounter.link_id, holder, device)
    except Conflict:
        raise Conflict(NOT_YET) from None
    if not browser.let_in:
        await tell_staff(live, visit)
    return browser


async def _notice(deps: Deps, link: AccountLink) -> Mail | None:
    async with deps.database.read() as session:
        patient, organization = await patient_of_link(session, link)
    address = deps.keyring.open(link.email or b"", field_name("account_link", link.id, "email"))
    return notice_mail(deps, patient, organization, address)
