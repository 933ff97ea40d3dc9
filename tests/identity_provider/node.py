"""The certified OpenID provider as a process of its own on loopback, and a browser's way through its pages."""

import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx2

SCRIPT = Path(__file__).parent / "provider.mjs"
SECRET = "only for the tests, and long enough for the provider"
PEOPLE: dict[str, dict[str, Any]] = {
    "rose": {
        "email": "pcp@demo.test",
        "email_verified": True,
        "name": "Rose Okafor",
        "groups": ["doctors"],
        "realm_access": {"roles": ["doctor"]},
    },
    "nadia": {
        "email": "nadia@demo.test",
        "email_verified": True,
        "name": "Nadia Petrova",
        "groups": ["frontdesk", "everyone"],
    },
    "unverified": {"email": "admin@demo.test", "email_verified": False, "name": "Somebody", "groups": ["doctors"]},
}


@dataclass
class NodeProvider:
    """The running provider."""

    url: str
    log: list[str] = field(default_factory=list)


def client(client_id: str, redirect_uri: str, **more: Any) -> dict[str, Any]:
    """Describe a client as the provider's operator would register it."""
    return {
        "client_id": client_id,
        "client_secret": SECRET,
        "redirect_uris": [redirect_uri],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        **more,
    }


@contextmanager
def node_provider(
    port: int, clients: list[dict[str, Any]], people: Mapping[str, Any] = PEOPLE, **more: Any
) -> Iterator[NodeProvider]:
    """Run the provider on a port until the end of the block."""
    setup = json.dumps({"port": port, "clients": clients, "people": people, **more})
    process = subprocess.Popen(
        ["node", "--no-warnings", str(SCRIPT), setup], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    try:
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line)
            if line.strip() == "ready":
                break
        else:
            raise RuntimeError("".join(lines))
        yield NodeProvider(f"http://127.0.0.1:{port}", lines)
    finally:
        process.terminate()
        process.wait(timeout=10)
        if process.stdout is not None:
            process.stdout.close()


async def walk(browser: httpx2.AsyncClient, address: str, who: str, stop: str) -> str:
    """Go through the provider's pages as a person does; gives the address at `stop` that the provider leads back to."""
    for _ in range(12):
        if address.startswith(stop):
            return address
        answer = await browser.get(address)
        if answer.status_code == 200:
            form = re.search(rf'action="([^"]+\?who={who})"', answer.text)
            assert form, answer.text
            answer = await browser.post(urljoin(address, form[1]))
        assert answer.status_code in {302, 303}, answer.text
        address = urljoin(address, answer.headers["location"])
    raise AssertionError("the provider leads in a circle")
