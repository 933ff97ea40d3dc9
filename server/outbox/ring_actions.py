"""Ringing somebody beside the page, or telling them something there, on each of their browsers and ring channels.

Rows in the caller's transaction. A message names nobody and nothing of the case: whoever picks the phone up reads it.
The page that it leads to asks who they are.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from server.kit.ids import OrganizationId
from server.outbox.actions import Hook, Mail, Push, Text, queue_hook, queue_mail, queue_push, queue_text
from server.outbox.reach_rules import Kind, consult_path
from server.outbox.reach_store import (
    end_waiting,
    opened_address,
    ringing_channels,
    rung_targets,
    subscriptions_of,
)
from server.outbox.tables import PushSubscription, RingChannel
from server.web import Deps, speaking

# For so long a service keeps the word that a ring is over, for a browser that is away just then.
OVER_FOR = timedelta(hours=1)
TEST_FOR = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Ring:
    """Whom to ring about which consult of which organization, and until when it rings."""

    organization_id: OrganizationId
    account_id: UUID
    consult_id: UUID
    not_after: datetime


async def queue_ring(session: AsyncSession, deps: Deps, ring: Ring) -> int:
    """Queue a message to everything that an account is rung on beside the page; gives to how many.

    Once the caller's transaction is committed they are sent, and tried again until the ring is over.
    """
    browsers = await subscriptions_of(session, ring.account_id)
    channels = await ringing_channels(session, ring.account_id)
    for browser in browsers:
        queue_push(session, deps, _push(deps, ring, browser, "ring"))
    for channel in channels:
        _queue_to(session, deps, ring, channel, "ring", consult_path(ring.consult_id))
    return len(browsers) + len(channels)


async def queue_notice(session: AsyncSession, deps: Deps, ring: Ring, words: str, path: str) -> int:
    """Queue a word that asks for nothing at once to everything that an account is rung on; gives to how many.

    `words` are ours, a message id, and name nobody; `path` is the page that they lead to.
    """
    browsers = await subscriptions_of(session, ring.account_id)
    channels = await ringing_channels(session, ring.account_id)
    for browser in browsers:
        queue_push(session, deps, _push(deps, ring, browser, "notice", path, words))
    for channel in channels:
        _queue_to(session, deps, ring, channel, "notice", path, words)
    return len(browsers) + len(channels)


async def queue_ring_over(session: AsyncSession, deps: Deps, ring: Ring) -> None:
    """Let an account's ring about a consult be over: what was not sent is not sent any more, and what rings is told.

    A phone or a pager is not told: it would ring once more.
    """
    browsers = await subscriptions_of(session, ring.account_id)
    channels = await ringing_channels(session, ring.account_id)
    targets = [*(row.id for row in browsers), *(row.id for row in channels)]
    rung = await rung_targets(session, ring.consult_id, targets)
    await end_waiting(session, ring.consult_id, targets, deps.now())
    until = deps.now() + OVER_FOR
    over = Ring(ring.organization_id, ring.account_id, ring.consult_id, until)
    for browser in browsers:
        if browser.id in rung:
            queue_push(session, deps, _push(deps, over, browser, "over"))
    for channel in channels:
        if channel.id in rung and channel.kind == Kind.WEBHOOK:
            queue_hook(session, deps, _hook(deps, over, channel, "over", consult_path(ring.consult_id)))


def queue_test(session: AsyncSession, deps: Deps, organization_id: OrganizationId, browser: PushSubscription) -> None:
    """Queue a message to a browser that says that messages arrive."""
    ring = Ring(organization_id, browser.account_id, browser.id, deps.now() + TEST_FOR)
    queue_push(session, deps, _push(deps, ring, browser, "test", "/account/notifications"))


def queue_code(
    session: AsyncSession, deps: Deps, organization_id: OrganizationId, channel: RingChannel, code: str
) -> None:
    """Queue the code that proves a ring channel, to that channel."""
    address, until = opened_address(deps.keyring, channel), channel.code_ends_at or deps.now()
    if channel.kind == Kind.WEBHOOK:
        message = json.dumps({"type": "code", "code": code, "ends_at": until.isoformat()})
        queue_hook(session, deps, Hook(organization_id, channel.id, channel.id, message, until))
        return
    with speaking(channel.language):
        words = deps.templates.text("texts/ring_code.txt", code=code).strip()
        subject = deps.templates.text("mail/ring_code.subject.txt").strip()
    _queue_words(
        session, deps, channel, Mail(organization_id, channel.id, address, subject, words, None, until, channel.id)
    )


def _queue_to(
    session: AsyncSession, deps: Deps, ring: Ring, channel: RingChannel, kind: str, path: str, words: str = ""
) -> None:
    if channel.kind == Kind.WEBHOOK:
        queue_hook(session, deps, _hook(deps, ring, channel, kind, path))
        return
    with speaking(channel.language):
        body = deps.templates.text(f"texts/{kind}.txt", url=_url(deps, path), words=words).strip()
        subject = deps.templates.text(f"mail/{kind}.subject.txt").strip()
    address, whose = opened_address(deps.keyring, channel), ring.organization_id
    mail = Mail(whose, ring.consult_id, address, subject, body, None, ring.not_after, channel.id)
    _queue_words(session, deps, channel, mail)


def _queue_words(session: AsyncSession, deps: Deps, channel: RingChannel, mail: Mail) -> None:
    """Queue words as a mail to a pager, or as a text message to a phone."""
    if channel.kind != Kind.SMS:
        queue_mail(session, deps, mail)
        return
    text = Text(mail.organization_id, mail.about_id, mail.recipient, mail.body, mail.not_after, mail.target_id)
    queue_text(session, deps, text)


def _push(deps: Deps, ring: Ring, browser: PushSubscription, kind: str, path: str = "", about: str = "") -> Push:
    with speaking(browser.language):
        title, body, ended, button = deps.templates.text(f"texts/push_{kind}.txt", words=about).strip().splitlines()
    message = {
        "kind": kind,
        "tag": f"{ring.consult_id} notice" if about else str(ring.consult_id),  # the end of a ring leaves it be
        "title": title,
        "body": body,
        "ended": ended,
        "open": button,
        "path": path or consult_path(ring.consult_id),
        "ends": int(ring.not_after.timestamp() * 1000),
    }
    words = json.dumps(message, ensure_ascii=False)
    return Push(ring.organization_id, ring.consult_id, browser.id, words, ring.not_after)


def _hook(deps: Deps, ring: Ring, channel: RingChannel, kind: str, path: str) -> Hook:
    message = {"type": kind, "consult": str(ring.consult_id), "url": _url(deps, path)}
    if kind == "ring":
        message["ends_at"] = ring.not_after.isoformat()
    return Hook(ring.organization_id, ring.consult_id, channel.id, json.dumps(message), ring.not_after)


def _url(deps: Deps, path: str) -> str:
    return f"{deps.settings.public_url}{path}"
