"""`curbside check …`: plain words for each server, an exit code for scripts, and no secret on the screen."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from server import cli
from server.check_commands import ADVICE, check_sms, report_lines
from server.settings import Settings
from signaling.turn_check import Report
from signaling.turn_client import Trouble
from tests import coturn as relay
from tests.server.outbox.phones import Gateway


def check(**settings: str) -> Result:
    variables = {f"CURBSIDE_{name.upper()}": value for name, value in settings.items()}
    return CliRunner(env=variables).invoke(cli.cli, ["check", "turn"])


def test_each_server_that_works_is_said_with_its_round_trip(coturn: relay.Server) -> None:
    said = check(
        stun_urls=f"stun:{relay.HOST}:{coturn.port}",
        turn_urls=f"{coturn.udp},{coturn.tcp}",
        turn_secret=relay.SECRET,
    )
    assert said.exit_code == 0
    assert re.findall(r"^ok      (\S+)$", said.output, re.MULTILINE) == [
        f"stun:{relay.HOST}:{coturn.port}",
        coturn.udp,
        coturn.tcp,
    ]
    assert len(re.findall(r"there and back through it in [\d.]+ ms", said.output)) == 2
    assert "refuses special-use peers, as it should: 169.254.169.254" in said.output
    assert "turns:" in said.output  # a relay without TLS gets a hint


def test_one_server_that_fails_is_enough_to_end_with_1(coturn: relay.Server) -> None:
    said = check(turn_urls=f"{coturn.udp},turn:no..such.name", turn_secret=relay.SECRET)
    assert said.exit_code == 1
    assert f"ok      {coturn.udp}" in said.output
    assert "FAILED  turn:no..such.name" in said.output
    assert "DNS" in said.output


def test_a_wrong_secret_is_said_and_neither_it_nor_a_password_is_shown(coturn: relay.Server) -> None:
    wrong = "f" * 32
    said = check(turn_urls=coturn.udp, turn_secret=wrong)
    assert said.exit_code == 1
    assert "does not accept the secret" in said.output
    assert "CURBSIDE_TURN_SECRET must be the same" in said.output
    assert wrong not in said.output
    assert ":check" not in said.output


def test_without_a_relay_there_is_nothing_that_works(tmp_path: Path) -> None:
    said = check(data=str(tmp_path / "data"))
    assert said.exit_code == 1
    assert "CURBSIDE_TURN_URLS is empty" in said.output
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("trouble", Trouble, ids=lambda trouble: trouble.name)
def test_whatever_is_wrong_a_person_is_told_what_to_do(trouble: Trouble) -> None:
    first, what, advice = report_lines(Report("turn:turn.example.org", trouble, "why"))
    assert first == "FAILED  turn:turn.example.org"
    assert what.strip() == f"{trouble.value} (why)"
    assert advice.strip() == ADVICE[trouble]


def test_a_relay_that_also_reaches_private_networks_is_told_so_beside_the_first_trouble() -> None:
    lines = report_lines(Report("turn:turn.example.org", Trouble.LOST, reached=("10.0.0.1",)))
    assert lines[-1].strip() == ADVICE[Trouble.OPEN]


async def checked(settings: dict[str, str], number: str = "") -> tuple[bool, str]:
    said: list[str] = []
    works = await check_sms(Settings.model_validate(settings), number, said.append)
    return works, "\n".join(said)


@pytest.mark.anyio
async def test_a_gateway_is_asked_without_sending_anything(phones: Gateway) -> None:
    works, said = await checked(phones.settings())
    assert works
    assert said.startswith(f"ok      {phones.url}")
    assert "no message was sent" in said
    assert [asked.method for asked in phones.asked] == ["OPTIONS"]
    assert phones.sent == {}


@pytest.mark.anyio
async def test_with_a_number_one_message_is_sent(phones: Gateway) -> None:
    works, said = await checked(phones.settings(), "406-555-0142")
    assert works
    assert "has taken a message for 406-555-0142" in said
    assert [body["to"] for body in phones.sent.values()] == ["+14065550142"]


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("status", "number", "works", "words"),
    [
        (401, "", False, "CURBSIDE_SMS_TOKEN"),
        (403, "406-555-0142", False, "CURBSIDE_SMS_TOKEN"),
        (404, "406-555-0142", False, "CURBSIDE_SMS_URL"),
        (422, "406-555-0142", False, "CURBSIDE_SMS_BODY"),
        (429, "406-555-0142", False, "Its log"),
        (405, "", True, "answers (405)"),
        (501, "", True, "answers (501)"),
        (503, "", False, "Its log"),
    ],
)
async def test_what_a_gateway_answers_is_said_with_what_to_do(
    phones: Gateway, status: int, number: str, works: bool, words: str
) -> None:
    phones.status = status
    found, said = await checked(phones.settings(sms_token="s3cret"), number)
    assert found is works
    assert words in said
    assert "s3cret" not in said


@pytest.mark.anyio
async def test_a_gateway_inside_the_network_has_to_be_allowed(phones: Gateway) -> None:
    works, said = await checked(phones.settings(outbound_allow=""))
    assert not works
    assert "CURBSIDE_OUTBOUND_ALLOW" in said


@pytest.mark.anyio
async def test_a_gateway_that_is_not_there_is_said(phones: Gateway) -> None:
    away = "http://127.0.0.1:1/messages?key=k3y"
    works, said = await checked({"sms_url": away, "outbound_allow": "127.0.0.1"})
    assert not works
    assert "Nobody answers" in said
    assert "k3y" not in said


@pytest.mark.anyio
async def test_what_is_no_number_is_not_sent(phones: Gateway) -> None:
    works, said = await checked(phones.settings(), "call me")
    assert not works
    assert "Write it like +14065550123" in said
    assert phones.asked == []


def test_without_a_gateway_there_is_nothing_to_send_by() -> None:
    said = CliRunner().invoke(cli.cli, ["check", "sms"])
    assert said.exit_code == 1
    assert "CURBSIDE_SMS_URL is empty" in said.output
