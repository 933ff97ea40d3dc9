"""What `curbside check …` does: tries out what the settings name, and says in words what is wrong and what to do."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from server.settings import Settings
from signaling.turn_check import Report, check_server
from signaling.turn_client import Means, Trouble

Say = Callable[[str], None]

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
