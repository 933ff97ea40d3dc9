"""What `curbside check …` does: tries out what the settings name, and says in words what is wrong and what to do."""

import asyncio
import json
from collections.abc import Callable
from datetime import datetime, timedelta

from server.kit.ids import new_id
from server.outbound import Refused
from server.outbox import GatewayAway, Undeliverable, ask_gateway, message_body
from server.settings import Settings
from signaling.turn_check import Report, check_server
from signaling.turn_client import Means, Trouble

Say = Callable[[str], None]

_NO_GATEWAY = "CURBSIDE_SMS_URL is empty: no text message can be sent."
_ALLOW = "It is inside the network, or not https. Whoever means it names its host in CURBSIDE_OUTBOUND_ALLOW."
_ABSENT = "Nobody answers there in time, or not over TLS that can be trusted. Is the address right, and the firewall?"
_STRANGER = "The gateway knows us not, or not for this. CURBSIDE_SMS_TOKEN has to be the one that it gave out."
_PLACE = "There is nothing at this address. CURBSIDE_SMS_URL is the whole address that messages are posted to."
_MESSAGE = "It does not take the message. CURBSIDE_SMS_BODY and CURBSIDE_SMS_SENDER must be as it wants; or the number."
_ITS_LOG = "Its log, or whoever runs it, may say why."
_UNSENT = "        no message was sent; with --to NUMBER one is"
_TRIAL = "Curbside: text messages from this server arrive."

# What to do about each trouble. An operator reads it who has set a relay up by the guide.
ADVICE = {
    Trouble.ADDRESS: "Write it like turn:turn.example.org:3478?transport=udp or turns:turn.example.org:443.",
    Trouble.NAME: "Is the name spelled right, and does it have a DNS record?",
    Trouble.SILENCE: "Does it run and listen there (turns: with a certificate), and do all firewalls let it through?",
    Trouble.CERTIFICATE: "People's browsers refuse it too. Is it for this name, not expired, with its whole chain?",
    Trouble.TLS: "Does the relay have TURN_CERT and TURN_KEY, and is this its port for TLS?",
    Trouble.SECRET: "CURBSIDE_TURN_SECRET must be the same here and at the relay, which reads it when it starts.",
    Trouble.CLOCK: "The secret is right, but the relay's clock is ahead of ours. Let both machines set theirs by NTP.",
    Trouble.QUOTA: "It is full, or its quotas are too small: TURN_TOTAL, and user-quota in turnserver.conf.",
    Trouble.REFUSAL: "Its log may say why.",
    Trouble.OWN_ADDRESS: "Two people who both need it cannot meet. TURN_EXTERNAL_IP has to be its public address.",
    Trouble.LOST: "Are the UDP ports that it relays from open, and does it reach its own public address?",
    Trouble.OPEN: "Whoever is in a visit reaches machines there. docker/coturn/turnserver.conf refuses them.",
}
_NOTHING = "CURBSIDE_TURN_URLS is empty: there is no relay to try. Calls behind strict firewalls will fail."
_NO_TLS = "Hint: some networks let only HTTPS pass. A relay at turns:…:443?transport=tcp gets through there too."


async def check_turn(settings: Settings, now: datetime, say: Say) -> bool:
    """Try every STUN and TURN server of the settings out, all at once; tells whether all of them work.

    Says a line for each, and below it what to do. Never says the secret, nor a password made from it.
    """
    means = Means(settings.turn_secret, now, timedelta(minutes=settings.turn_minutes))
    urls = (*settings.stun_urls, *settings.turn_urls)
    reports = await asyncio.gather(*(check_server(url, means) for url in urls))
    for report in reports:
        for line in report_lines(report):
            say(line)
    if not settings.turn_urls:
        say(_NOTHING)
    elif not any(url.startswith("turns:") for url in settings.turn_urls):
        say(_NO_TLS)
    return bool(settings.turn_urls) and all(report.trouble is None for report in reports)


async def check_sms(settings: Settings, number: str, say: Say) -> bool:
    """Ask whether the gateway is there; with a number, have it send a message. Never says the token, nor an answer.

    Without a number it gets an OPTIONS request (RFC 9110 section 9.3.7), which sends nothing: some gateways answer it
    with an error, and that they answer is what can be known.
    """
    if not settings.sms_url:
        say(_NO_GATEWAY)
        return False
    try:
        if number:
            key = str(new_id())
            body = json.dumps(message_body(settings, number, _TRIAL, key)).encode()
            status = await ask_gateway(settings, "POST", key, body)
        else:
            status = await ask_gateway(settings, "OPTIONS")
    except Undeliverable:
        say(f"{number} is no phone number. Write it like +14065550123.")
        return False
    except OSError as error:
        refused = isinstance(error, GatewayAway) and isinstance(error.reason, Refused)
        return _gateway_failed(settings, str(error), _ALLOW if refused else _ABSENT, say)
    return _gateway_said(settings, status, number, say)


def _gateway_said(settings: Settings, status: int, number: str, say: Say) -> bool:
    if status in {401, 403}:
        return _gateway_failed(settings, f"answers {status}", _STRANGER, say)
    if number and status not in range(200, 300):
        advice = _PLACE if status in {404, 405} else _MESSAGE if status in {400, 422} else _ITS_LOG
        return _gateway_failed(settings, f"answers {status}", advice, say)
    if status >= 500 and status != 501:
        return _gateway_failed(settings, f"answers {status}", _ITS_LOG, say)
    say(f"ok      {_without_query(settings.sms_url)}")
    say(f"        has taken a message for {number}" if number else f"        answers ({status})")
    if not number:
        say(_UNSENT)
    return True


def _gateway_failed(settings: Settings, what: str, advice: str, say: Say) -> bool:
    for line in (f"FAILED  {_without_query(settings.sms_url)}", f"        {what}", f"        {advice}"):
        say(line)
    return False


def _without_query(url: str) -> str:
    """Leave out what may be a secret."""
    return url.partition("?")[0]


def report_lines(report: Report) -> list[str]:
    """Give the lines that say what was found at one server."""
    if report.trouble is not None:
        detail = f" ({report.detail})" if report.detail else ""
        also = [Trouble.OPEN] if report.reached and report.trouble is not Trouble.OPEN else []
        return [
            f"FAILED  {report.url}",
            f"        {report.trouble.value}{detail}",
            *(f"        {ADVICE[trouble]}" for trouble in (report.trouble, *also)),
        ]
    took = f"{report.round_trip_ms:.1f} ms"
    if not report.relayed:
        return [f"ok      {report.url}", f"        answers in {took}, sees us as {report.seen_as}"]
    return [
        f"ok      {report.url}",
        f"        relays from {report.relayed}, there and back through it in {took}",
        f"        refuses special-use peers, as it should: {', '.join(report.refused)}",
    ]
