"""A browser that may change and book visits by a link for an hour, and does not hold it."""

from server.identity.link_actions import is_answered
from server.identity.rules import PLANNER_LIFETIME, may_plan
from server.identity.store import link_by_token
from server.identity.tables import AccessLink
from server.kit import Conflict, Secret, digest, new_secret
from server.web import Deps


async def prove_planner(deps: Deps, token: str, proof: str) -> Secret | None:
    """Take the answer that a link asks for, to change and book visits only; None when it is wrong, which counts.

    The browser does not hold the link by it: who moves a visit at a desk comes to it with a phone. Wrong answers are
    not forgotten here. Raises NotFound, or Conflict when the link is not good for that.
    """
    async with deps.database.write() as session:
        link = await link_by_token(session, digest(token), lock=True)
        if not may_plan(link, deps.now()):
            raise Conflict
        return let_plan(deps, link) if is_answered(session, deps, link, proof) else None


def let_plan(deps: Deps, link: AccessLink) -> Secret:
    """Let a browser change and book visits by a link for an hour, and no other one; gives the secret for its cookie.

    The caller has proved the patient, and found the link within a transaction for change.
    """
    secret = new_secret()
    link.planner_hash, link.planner_ends_at = secret.digest, deps.now() + PLANNER_LIFETIME
    return secret
