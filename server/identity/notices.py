"""Mails that tell somebody what was changed about how they sign in. They name the change and nothing else."""

from uuid import UUID

from server.access import Actor
from server.identity.authenticator_store import account_by_id
from server.identity.store import account_email
from server.kit import N_
from server.kit.ids import OrganizationId
from server.outbox import Mail
from server.web import Deps

PASSKEY_ADDED = N_("A passkey was added to your account.")
PASSKEY_REMOVED = N_("A passkey was removed from your account.")
APP_ADDED = N_("An authenticator app was added to your account.")
APP_REMOVED = N_("An authenticator app was removed from your account.")
RENAMED = N_("A way to sign in to your account was renamed.")
PASSWORD_REMOVED = N_("The password was removed from your account.")
CODES_MADE = N_("New recovery codes were made for your account. The old ones are void.")
FORGOTTEN = N_("Your administrator removed your passkeys, authenticator apps and recovery codes.")
CODE_USED = N_("A recovery code was used to sign in to your account.")


async def notice(deps: Deps, actor: Actor, words: str, account_id: UUID | None = None) -> Mail:
    """Write the mail to the actor about their own account, or to somebody else about theirs. Raises NotFound.

    It is in the language of the request.
    """
    async with deps.database.read() as session:
        account = await account_by_id(session, account_id or actor.account_id)
    context = {"words": words, "url": f"{deps.settings.public_url}/account/authenticators"}
    recipient = account_email(deps.keyring, account)
    where = OrganizationId(actor.organization_id)
    return Mail(where, account.id, recipient, *deps.templates.mail("account_notice", **context))
