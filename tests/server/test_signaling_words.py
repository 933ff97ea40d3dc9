"""What `curbside signaling`, and pages without theirs, say when something is missing that they need."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from server import cli as command
from server.cli import cli

APART = {"backplane_url": "redis://127.0.0.1:9/0", "public_url": "https://visits.example.org"}


@pytest.fixture(autouse=True)
def unchanged_logging(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other tests of this process read what is logged."""
    monkeypatch.setattr(command, "set_up_logging", lambda _: None)


def run(folder: Path, *words: str, **settings: str) -> Result:
    variables = {f"CURBSIDE_{name.upper()}": value for name, value in settings.items()}
    said = CliRunner(env={"CURBSIDE_DATA": str(folder), **variables}).invoke(cli, words)
    assert said.exit_code == 2
    assert "Traceback" not in said.output
    return said


@pytest.mark.parametrize("missing", [("backplane_url", "public_url"), ("backplane_url",), ("public_url",)])
def test_it_needs_redis_and_the_public_address(tmp_path: Path, missing: tuple[str, ...]) -> None:
    said = run(tmp_path, "signaling", **{name: value for name, value in APART.items() if name not in missing})
    assert "CURBSIDE_BACKPLANE_URL" in said.output
    assert "CURBSIDE_PUBLIC_URL" in said.output


def test_it_makes_no_keys_of_its_own(tmp_path: Path) -> None:
    assert "keys.json is missing" in " ".join(run(tmp_path, "signaling", **APART).output.split())
    assert list(tmp_path.iterdir()) == []


def test_it_names_a_certificate_that_cannot_be_read(tmp_path: Path) -> None:
    keys = "k1:" + "A" * 43 + "="
    said = run(tmp_path, "signaling", "--tls-cert", "nowhere.pem", secret_keys=keys, **APART)
    assert "No such file" in said.output


def test_pages_without_their_signaling_need_redis(tmp_path: Path) -> None:
    said = run(tmp_path, "serve", signaling_apart="1")
    assert "CURBSIDE_SIGNALING_APART needs CURBSIDE_BACKPLANE_URL" in " ".join(said.output.split())
