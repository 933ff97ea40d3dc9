"""STUN and TURN configuration for browsers."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import timedelta

import pytest

from signaling.ice import IceAddress, ice_address, ice_servers
from tests.playbook import NOON

HOUR = timedelta(hours=1)


def test_nothing_configured_is_no_server() -> None:
    assert ice_servers([], None, NOON, HOUR, "x") == []
    assert ice_servers(["", " "], "secret", NOON, HOUR, "x") == []


def test_stun_needs_no_credentials() -> None:
    assert ice_servers(["stun:stun.example.org:3478"], None, NOON, HOUR, "x") == [
        {"urls": ["stun:stun.example.org:3478"]}
    ]


def test_turn_gets_credentials_that_coturn_can_verify() -> None:
    urls = ["turn:turn.example.org:3478?transport=udp", "turns:turn.example.org:5349"]
    (server,) = ice_servers(urls, "secret", NOON, HOUR, "7f3a")
    assert server["urls"] == urls
    assert server["username"] == f"{int((NOON + HOUR).timestamp())}:7f3a"
    proof = hmac.new(b"secret", server["username"].encode(), hashlib.sha1).digest()
    assert server["credential"] == base64.b64encode(proof).decode()


def test_stun_and_turn_are_two_entries() -> None:
    servers = ice_servers(["turn:t.example.org", "stun:s.example.org"], "secret", NOON, HOUR, "x")
    assert [server["urls"] for server in servers] == [["stun:s.example.org"], ["turn:t.example.org"]]
    assert "credential" not in servers[0]


def test_turn_without_a_secret_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="secret"):
        ice_servers(["turn:t.example.org"], "", NOON, HOUR, "x")


def test_another_scheme_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="stun:"):
        ice_servers(["https://t.example.org"], "secret", NOON, HOUR, "x")


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("stun:a.example.org", IceAddress("a.example.org", 3478, "udp", is_secure=False, is_relay=False)),
        ("stuns:a.example.org", IceAddress("a.example.org", 5349, "tcp", is_secure=True, is_relay=False)),
        ("turn:a.example.org:80", IceAddress("a.example.org", 80, "udp", is_secure=False, is_relay=True)),
        ("turn:a?transport=tcp", IceAddress("a", 3478, "tcp", is_secure=False, is_relay=True)),
        ("turns:[2001:db8::7]:443", IceAddress("2001:db8::7", 443, "tcp", is_secure=True, is_relay=True)),
    ],
)
def test_an_address_is_read_as_browsers_read_it(url: str, address: IceAddress) -> None:
    assert ice_address(url) == address


@pytest.mark.parametrize(
    "url",
    [
        "",
        "turn.example.org:3478",
        "turn://turn.example.org",
        "turn:turn.example.org:0",
        "turn:turn.example.org:65536",
        "turn:turn.example.org?transport=sctp",
        "turns:turn.example.org?transport=udp",
        "stun:stun.example.org?transport=tcp",
        "turn:turn.example.org\n",
    ],
)
def test_what_no_browser_takes_for_an_address_is_a_mistake(url: str) -> None:
    with pytest.raises(ValueError, match=r"like turn:|TLS|no transport|port"):
        ice_address(url)
