"""The command: safe defaults, words instead of traces, the demo on this machine only."""

import asyncio
import re
import sqlite3
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from typer.testing import CliRunner, Result

from server import cli
from server.app import make_deps
from server.audit import Sealer, Signer, Subject, key_text, note
from server.settings import Settings

DEMO_WORDS = "listens on this machine only"


@dataclass
class Shell:
    """A shell in a folder of its own, in which `serve` stops where it would begin to listen."""

    folder: Path
    served: dict[str, Any] = field(default_factory=dict)

    def run(self, *words: str, **settings: str) -> Result:
        variables = {f"CURBSIDE_{name.upper()}": value for name, value in settings.items()}
        return CliRunner(env={"CURBSIDE_DATA": str(self.folder), **variables}).invoke(cli.cli, words)

    @property
    def settings(self) -> Settings:
        """Settings of the application that was served."""
        found: Settings = self.served["app"].state.deps.settings
        return found

    def count(self, table: str) -> int:
        with sqlite3.connect(self.folder / "curbside.db") as connection:
            (found,) = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
        connection.close()
        return int(found)


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shell:
    opened = Shell(tmp_path / "data")

    def serve(app: Any, **options: Any) -> None:
        opened.served.update(options, app=app)

    monkeypatch.setattr(uvicorn, "run", serve)
    monkeypatch.setattr(cli, "set_up_logging", lambda level: opened.served.update(logging=level))
    return opened


@pytest.mark.parametrize("words", [(), ("--help",)])
def test_it_says_what_it_can_do(shell: Shell, words: tuple[str, ...]) -> None:
    said = shell.run(*words).output
    assert all(command in said for command in ("serve", "migrate", "seed", "setup-link", "audit", "keys", "check"))


def test_each_command_explains_its_options(shell: Shell) -> None:
    said = shell.run("serve", "--help")
    assert said.exit_code == 0
    assert all(option in said.output for option in ("--host", "--port", "--tls-cert", "--tls-key"))


def test_a_migration_makes_the_folder_and_an_empty_database(shell: Shell) -> None:
    assert shell.run("migrate", demo="1").exit_code == 0
    assert shell.count("alembic_version") == 1
    assert shell.count("account") == 0  # also where the demo is on: this only migrates


def test_seeding_makes_the_demo(shell: Shell) -> None:
    assert shell.run("seed").exit_code == 0
    assert (shell.count("account"), shell.count("appointment")) == (6, 6)


def test_serving_migrates_and_listens_on_this_machine(shell: Shell) -> None:
    assert shell.run("serve").exit_code == 0
    assert (shell.served["host"], shell.served["port"]) == ("127.0.0.1", 8000)
    assert shell.count("organization") == 0


def test_serving_the_demo_seeds_it_first(shell: Shell) -> None:
    said = shell.run("serve", demo="1")
    assert said.exit_code == 0
    assert "http://127.0.0.1:8000" in said.output
    assert shell.count("account") == 6


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "clinic.example.org"])
def test_the_demo_refuses_to_listen_beyond_this_machine(shell: Shell, host: str) -> None:
    said = shell.run("serve", "--host", host, demo="1")
    assert said.exit_code == 2
    assert DEMO_WORDS in said.output
    assert "CURBSIDE_DEMO=public" in said.output
    assert shell.served == {}
    assert not shell.folder.exists()


def test_metrics_refuse_the_port_at_which_everybody_comes_in(shell: Shell) -> None:
    said = shell.run("serve", "--port", "9464", metrics_listen="127.0.0.1:9464")
    assert (said.exit_code, shell.served) == (2, {})
    assert "CURBSIDE_METRICS_LISTEN" in said.output


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
def test_the_demo_listens_on_any_name_of_this_machine(shell: Shell, host: str) -> None:
    assert shell.run("serve", "--host", host, demo="1").exit_code == 0
    assert shell.served["host"] == host


@pytest.mark.parametrize("demo", ["public", "0", ""])
def test_beyond_this_machine_it_serves_a_public_demo_or_none(shell: Shell, demo: str) -> None:
    assert shell.run("serve", "--host", "0.0.0.0", demo=demo).exit_code == 0
    assert shell.served["host"] == "0.0.0.0"


@pytest.mark.parametrize(
    ("words", "address"),
    [
        ((), "http://127.0.0.1:8000"),
        (("--port", "9000"), "http://127.0.0.1:9000"),
        (("--host", "0.0.0.0"), "http://localhost:8000"),
        (("--host", "::1"), "http://[::1]:8000"),
        (("--tls-cert", "c.pem", "--tls-key", "k.pem"), "https://127.0.0.1:8000"),
    ],
)
def test_without_a_public_address_it_is_where_the_server_listens(
    shell: Shell, words: tuple[str, ...], address: str
) -> None:
    assert shell.run("serve", *words).exit_code == 0
    assert shell.settings.public_url == address
    assert address in shell.settings.origins


def test_a_public_address_that_is_set_stays(shell: Shell) -> None:
    shell.run("serve", "--port", "9000", public_url="https://visits.example.org")
    assert shell.settings.public_url == "https://visits.example.org"


def test_forwarded_headers_are_believed_from_named_proxies_only(shell: Shell) -> None:
    shell.run("serve")
    assert (shell.served["proxy_headers"], shell.served["forwarded_allow_ips"]) == (False, [])
    shell.run("serve", trusted_proxies="10.0.0.5,10.0.0.6")
    assert (shell.served["proxy_headers"], shell.served["forwarded_allow_ips"]) == (True, ["10.0.0.5", "10.0.0.6"])


def test_sockets_are_watched_every_two_seconds_and_dead_after_five(shell: Shell) -> None:
    shell.run("serve")
    assert shell.served["ws_ping_interval"] + shell.served["ws_ping_timeout"] == 5
    assert shell.served["ws_per_message_deflate"] is False


def test_the_server_writes_no_paths_into_a_log_of_its_own(shell: Shell) -> None:
    shell.run("serve", log_level="error")
    assert (shell.served["access_log"], shell.served["logging"]) == (False, "error")


@pytest.mark.parametrize("command", ["serve", "migrate", "seed"])
def test_a_setting_that_cannot_be_read_is_named_without_a_trace(shell: Shell, command: str) -> None:
    said = shell.run(command, public_url="visits.example.org", turn_minutes="soon")
    assert said.exit_code == 2
    assert "CURBSIDE_PUBLIC_URL" in said.output
    assert "CURBSIDE_TURN_MINUTES" in said.output
    assert "Traceback" not in said.output


def test_two_settings_that_disagree_are_said_without_a_trace(shell: Shell) -> None:
    said = shell.run("check", "turn", turn_urls="turn:turn.example.org")
    assert said.exit_code == 2
    assert said.output.startswith("CURBSIDE_TURN_URLS needs CURBSIDE_TURN_SECRET")


# Setting up


def setup_token(said: Result) -> str:
    found = re.findall(r"http://127\.0\.0\.1:8000/setup/(\S+)", said.output)
    assert len(found) <= 1
    return found[0] if found else ""


def test_each_start_prints_a_new_set_up_link_until_it_was_used(shell: Shell) -> None:
    first, second = setup_token(shell.run("serve")), setup_token(shell.run("serve"))
    assert first
    assert second
    assert first != second
    assert shell.count("account_link WHERE revoked_at IS NULL") == 1
    assert shell.count("account_link WHERE revoked_at IS NOT NULL") == 1


def test_the_demo_prints_none(shell: Shell) -> None:
    assert setup_token(shell.run("serve", demo="1")) == ""
    assert shell.count("account_link") == 0


def test_the_operator_may_print_another_one(shell: Shell) -> None:
    said = shell.run("setup-link")
    assert said.exit_code == 0
    assert setup_token(said)


def test_a_server_that_is_set_up_says_how_to_get_another_administrator(shell: Shell) -> None:
    shell.run("seed")
    said = shell.run("setup-link")
    assert said.exit_code == 1
    assert "--organization" in said.output
    assert setup_token(shell.run("serve")) == ""


def test_who_lost_access_is_invited_by_the_operator(shell: Shell) -> None:
    shell.run("seed")
    said = shell.run("setup-link", "--organization", "Prairie Health", public_url="https://visits.example.org")
    assert said.exit_code == 0
    assert "https://visits.example.org/join/" in said.output
    assert shell.count("account_link WHERE roles = 'admin'") == 1


def test_an_organization_that_is_not_there_is_said(shell: Shell) -> None:
    said = shell.run("setup-link", "--organization", "Nowhere Health")
    assert said.exit_code == 1
    assert "no organization with this name" in said.output


@pytest.mark.parametrize("command", [("serve",), ("migrate",), ("keys", "list"), ("keys", "rotate")])
def test_a_lost_key_file_is_said_in_words_and_no_new_one_is_made(shell: Shell, command: tuple[str, ...]) -> None:
    shell.run("seed")
    (shell.folder / "keys.json").unlink()
    said = shell.run(*command)
    assert said.exit_code == 2
    assert "keys.json is missing" in " ".join(said.output.split())
    assert "Traceback" not in said.output
    assert not (shell.folder / "keys.json").exists()
    assert "app" not in shell.served


def test_keys_of_another_database_are_refused_before_anything_is_served(shell: Shell) -> None:
    shell.run("migrate")
    (shell.folder / "keys.json").unlink()
    said = shell.run("serve", secret_keys="k1:" + "A" * 43 + "=")
    assert said.exit_code == 2
    assert "key k1 in CURBSIDE_SECRET_KEYS is not the one" in " ".join(said.output.split())


def test_a_setting_without_a_key_that_is_needed_names_it(shell: Shell) -> None:
    first, second = "a:" + "A" * 43 + "=", "b:" + "B" * 42 + "A="
    assert shell.run("migrate", secret_keys=first).exit_code == 0
    said = shell.run("serve", secret_keys=second)
    assert said.exit_code == 2
    assert "key a is not in CURBSIDE_SECRET_KEYS" in " ".join(said.output.split())
    assert shell.run("serve", secret_keys=f"{second},{first}").exit_code == 0


def test_a_setting_that_holds_no_keys_is_named(shell: Shell) -> None:
    said = shell.run("serve", secret_keys="k1:short")
    assert said.exit_code == 2
    assert [word in said.output for word in ("CURBSIDE_SECRET_KEYS", "short")] == [True, False]


def test_the_entry_point_runs_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[str] = []
    monkeypatch.setattr(cli, "cli", lambda: ran.append("the command"))
    cli.main()
    assert ran == ["the command"]


def seal(shell: Shell, count: int = 3) -> None:
    """Write events into the shell's database and seal them, as a running server does."""

    async def work() -> None:
        deps, _ = make_deps(Settings(data=shell.folder))
        async with deps.database.write() as session:
            for _ in range(count):
                note(session, deps.now(), None, "start", Subject("Encounter"))
        await Sealer(deps).work()
        await deps.database.close()

    asyncio.run(work())


def alter(shell: Shell, *statements: str) -> None:
    """Change the database file as somebody does who has it."""
    with sqlite3.connect(shell.folder / "curbside.db") as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            connection.execute(statement)
    connection.close()


def test_a_whole_audit_trail_is_said_to_be_whole(shell: Shell) -> None:
    shell.run("migrate")
    seal(shell)
    said = shell.run("audit", "verify")
    assert said.exit_code == 0
    assert "3 events and 1 signed heads in 1 chains" in said.output
    assert "rows/s" in said.output
    assert "Every chain is whole." in said.output


def test_an_empty_trail_is_whole(shell: Shell) -> None:
    shell.run("migrate")
    assert shell.run("audit", "verify").exit_code == 0


def test_the_first_broken_row_is_named_and_the_exit_code_tells(shell: Shell) -> None:
    shell.run("migrate")
    seal(shell)
    alter(shell, "UPDATE audit_event SET why = 'x' WHERE id = (SELECT event_id FROM audit_seal WHERE sequence = 2)")
    said = shell.run("audit", "verify")
    assert said.exit_code == 1
    assert "operator, number 2, event " in said.output
    assert "was changed" in said.output


def test_a_cut_tail_is_told_by_a_copy_of_the_anchor_file(shell: Shell, tmp_path: Path) -> None:
    shell.run("migrate")
    seal(shell)
    copy = tmp_path / "copy"
    copy.write_bytes((shell.folder / "audit.anchors").read_bytes())
    alter(shell, "DELETE FROM audit_event", "DELETE FROM audit_seal", "DELETE FROM audit_head")
    (shell.folder / "audit.anchors").unlink()
    assert shell.run("audit", "verify").exit_code == 0  # nothing is left to tell it
    said = shell.run("audit", "verify", "--anchors", str(copy))
    assert said.exit_code == 1
    assert "operator, number 3: the chain ends before a signed head" in said.output


def test_heads_are_verified_with_the_printed_key_and_no_other(shell: Shell) -> None:
    shell.run("migrate")
    seal(shell)
    key = shell.run("audit", "public-key").output.strip()
    assert shell.run("audit", "verify", "--public-key", key).exit_code == 0
    other = key_text(Signer(bytes(32)).public_key)
    assert shell.run("audit", "verify", "--public-key", other).exit_code == 1


@pytest.mark.parametrize("words", [("--anchors", "nowhere"), ("--public-key", "short")])
def test_what_cannot_be_verified_against_is_said(shell: Shell, words: tuple[str, str]) -> None:
    shell.run("migrate")
    said = shell.run("audit", "verify", *words)
    assert said.exit_code == 2
    assert "Traceback" not in said.output


def test_a_database_that_cannot_be_read_is_said(shell: Shell) -> None:
    said = shell.run("audit", "verify")
    assert said.exit_code == 2
    assert "curbside migrate" in said.output


def test_pruning_says_how_much_went(shell: Shell) -> None:
    shell.run("migrate")
    seal(shell)
    assert "0 events removed" in shell.run("audit", "prune").output


ISSUERS = """[{"organization": "%s", "issuer": "https://id.example.org", "client_id": "curbside", "label": "Cedar",
"domains": ["cedarcreek.example"]}]"""


def test_issuers_in_the_settings_belong_to_an_organization_that_there_is(shell: Shell) -> None:
    shell.run("seed")
    refused = shell.run("migrate", oidc_issuers=ISSUERS % "Nobody")
    assert refused.exit_code == 2
    assert "no organization 'Nobody'" in refused.output
    assert "Traceback" not in refused.output
    assert shell.count("issuer") == 0


def test_the_operator_lists_and_proves_domains(shell: Shell) -> None:
    shell.run("seed")
    with sqlite3.connect(shell.folder / "curbside.db") as connection:
        (name,) = connection.execute("SELECT name FROM organization ORDER BY id").fetchone()
    assert shell.run("migrate", oidc_issuers=ISSUERS % name).exit_code == 0
    assert shell.run("domains", "list").output == f"{name}\tcedarcreek.example\tCedar\tproved\n"
    with connection:
        connection.execute("UPDATE email_domain SET proved_at = NULL")
    connection.close()
    assert "waiting" in shell.run("domains", "list").output
    assert "is proved" in shell.run("domains", "prove", name, "cedarcreek.example").output
    assert "waiting" not in shell.run("domains", "list").output
    unknown = ((name, "other.example"), ("Nobody", "cedarcreek.example"))
    assert [shell.run("domains", "prove", *words).exit_code for words in unknown] == [1, 1]


def test_a_new_data_folder_is_its_owner_s_alone(shell: Shell) -> None:
    assert shell.run("migrate").exit_code + (shell.folder.stat().st_mode & 0o077) == 0


@pytest.mark.parametrize("words", [("audit", "verify"), ("domains", "list"), ("keys", "list")])
def test_a_folder_without_a_database_is_said_and_gets_none(shell: Shell, words: tuple[str, str]) -> None:
    shell.folder.mkdir()
    said = shell.run(*words)
    assert (said.exit_code, "curbside migrate" in said.output) == (2, True)
    assert list(shell.folder.iterdir()) == []
