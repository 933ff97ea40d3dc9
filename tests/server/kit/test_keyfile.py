"""The server's own keys: made once, readable by their owner only, the same for everybody who starts."""

import base64
import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from server.kit import KeyMissing, Keyring
from server.kit.keyfile import KeyTrouble, add_key, drop_key, load_keys

FIELD = b"patient|1|phone|1"
PRINT_KEYS = """
import sys
from pathlib import Path
from server.kit import keyfile
link = keyfile.os.link
def wait_for_the_other(draft, path):
    print("ready", flush=True)
    sys.stdin.readline()
    link(draft, path)
keyfile.os.link = wait_for_the_other
print(keyfile.load_keys(Path(sys.argv[1]), []).ticket_key.hex(), flush=True)
"""


def written(name: str, byte: bytes) -> str:
    return f"{name}:{base64.b64encode(byte * 32).decode()}"


def test_keys_are_made_once_and_found_again(tmp_path: Path) -> None:
    assert load_keys(tmp_path, []) == load_keys(tmp_path, [])


def test_the_key_file_is_readable_by_its_owner_only_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        load_keys(tmp_path / "new", [])
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "new" / "keys.json").stat().st_mode) == 0o600


def test_nothing_but_the_key_file_is_left_behind(tmp_path: Path) -> None:
    load_keys(tmp_path, [])
    assert [path.name for path in tmp_path.iterdir()] == ["keys.json"]


def test_two_processes_that_make_the_keys_at_once_agree(tmp_path: Path) -> None:
    both = [
        subprocess.Popen(
            [sys.executable, "-c", PRINT_KEYS, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    for process in both:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"  # each has found no file and made keys of its own
    keys = [process.communicate("go\n", timeout=20)[0] for process in both]
    assert keys[0] == keys[1] == load_keys(tmp_path, []).ticket_key.hex() + "\n"


def test_keys_of_the_settings_come_before_the_file(tmp_path: Path) -> None:
    keys = load_keys(tmp_path, [written("a", b"a")])
    assert keys.keyring.keys == {"a": b"a" * 32}
    assert not (tmp_path / "keys.json").exists()


def test_a_key_put_in_front_seals_and_the_derived_keys_stay(tmp_path: Path) -> None:
    before = load_keys(tmp_path, [written("a", b"a")])
    after = load_keys(tmp_path, [written("b", b"b"), written("a", b"a")])
    assert after.keyring.current == "b"
    assert after.keyring.open(before.keyring.seal("text", FIELD), FIELD) == "text"
    assert (after.ticket_key, after.keyring.index_key) == (before.ticket_key, before.keyring.index_key)


def test_no_key_is_derived_from_another_in_a_way_that_shows_it(tmp_path: Path) -> None:
    keys = load_keys(tmp_path, [written("a", b"a")])
    assert len({keys.ticket_key, keys.keyring.index_key, keys.audit_key, b"a" * 32}) == 4


@pytest.mark.parametrize("entry", ["a:c2hvcnQ=", ":" + "A" * 43 + "=", "a:not base64!", "a", written("a", b"a")[:-1]])
def test_a_key_that_is_none_is_refused(tmp_path: Path, entry: str) -> None:
    with pytest.raises(ValueError, match=r"sealing key|base64|padding"):
        load_keys(tmp_path, [entry])


def test_the_file_lists_keys_as_the_settings_do(tmp_path: Path) -> None:
    made = load_keys(tmp_path, [])
    assert isinstance(made.keyring, Keyring)
    assert load_keys(tmp_path / "elsewhere", json.loads((tmp_path / "keys.json").read_text())) == made


def test_a_missing_file_is_not_made_where_older_keys_are_needed(tmp_path: Path) -> None:
    with pytest.raises(KeyTrouble, match="is missing") as trouble:
        load_keys(tmp_path, [], make=False)
    assert str(tmp_path / "keys.json") in str(trouble.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("held", ["", "{", "[]", "{}", "null", '["a"]', "[1]"])
def test_a_file_that_holds_no_keys_is_named(tmp_path: Path, held: str) -> None:
    (tmp_path / "keys.json").write_text(held)
    with pytest.raises(KeyTrouble, match=r"keys\.json"):
        load_keys(tmp_path, [])
    assert (tmp_path / "keys.json").read_text() == held


def test_a_file_that_others_could_read_is_closed_to_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    load_keys(tmp_path, [])
    (tmp_path / "keys.json").chmod(0o644)
    load_keys(tmp_path, [])
    assert stat.S_IMODE((tmp_path / "keys.json").stat().st_mode) == 0o600
    assert "could be read by others" in capsys.readouterr().out


def test_two_keys_of_one_name_are_refused(tmp_path: Path) -> None:
    with pytest.raises(KeyTrouble, match="each id once"):
        load_keys(tmp_path, [written("a", b"a"), written("a", b"b")])


def test_a_root_alone_seals_nothing(tmp_path: Path) -> None:
    with pytest.raises(KeyTrouble, match="at least one"):
        load_keys(tmp_path, [written("root", b"a")])


def test_a_new_key_seals_and_the_derived_keys_stay(tmp_path: Path) -> None:
    before = load_keys(tmp_path, [])
    sealed = before.keyring.seal("text", FIELD)
    assert add_key(tmp_path) == "k2"
    after = load_keys(tmp_path, [])
    assert (after.keyring.current, list(after.keyring.keys)) == ("k2", ["k2", "k1"])
    assert after.keyring.open(sealed, FIELD) == "text"
    assert (after.ticket_key, after.keyring.index_key) == (before.ticket_key, before.keyring.index_key)


def test_the_root_of_a_file_from_before_is_its_oldest_key(tmp_path: Path) -> None:
    (tmp_path / "keys.json").write_text(json.dumps([written("k1", b"a")]))
    before = load_keys(tmp_path, [])
    add_key(tmp_path)
    drop_key(tmp_path, "k1")
    after = load_keys(tmp_path, [])
    assert list(after.keyring.keys) == ["k2"]
    assert (after.ticket_key, after.keyring.index_key) == (before.ticket_key, before.keyring.index_key)


def test_the_root_of_a_new_file_was_never_a_sealing_key(tmp_path: Path) -> None:
    load_keys(tmp_path, [])
    entries = dict(entry.split(":") for entry in json.loads((tmp_path / "keys.json").read_text()))
    assert set(entries) == {"k1", "root"}
    assert entries["k1"] != entries["root"]


def test_a_changed_file_stays_closed_to_others_and_leaves_no_draft(tmp_path: Path) -> None:
    load_keys(tmp_path, [])
    add_key(tmp_path)
    drop_key(tmp_path, "k1")
    assert stat.S_IMODE((tmp_path / "keys.json").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["keys.json"]


def test_keys_that_are_added_at_once_are_all_kept(tmp_path: Path) -> None:
    load_keys(tmp_path, [])
    add = "import sys; from pathlib import Path; from server.kit.keyfile import add_key; add_key(Path(sys.argv[1]))"
    both = [subprocess.Popen([sys.executable, "-c", add, str(tmp_path)]) for _ in range(3)]
    assert [process.wait(20) for process in both] == [0, 0, 0]
    assert list(load_keys(tmp_path, []).keyring.keys) == ["k4", "k3", "k2", "k1"]


def test_a_running_ring_seals_with_a_new_key_at_its_next_value(tmp_path: Path) -> None:
    running = load_keys(tmp_path, []).keyring
    old = running.seal("text", FIELD)
    add_key(tmp_path)
    new = running.seal("text", FIELD)
    drop_key(tmp_path, "k1")
    assert load_keys(tmp_path, []).keyring.open(new, FIELD) == "text"
    with pytest.raises(KeyMissing, match="k1"):
        load_keys(tmp_path, []).keyring.open(old, FIELD)


def test_a_running_ring_that_only_reads_opens_what_a_new_key_has_sealed(tmp_path: Path) -> None:
    running = load_keys(tmp_path, []).keyring
    add_key(tmp_path)
    sealed = load_keys(tmp_path, []).keyring.seal("text", FIELD)
    assert running.open(sealed, FIELD) == "text"


@pytest.mark.parametrize("held", [None, "{", "[]"])
def test_a_running_ring_goes_on_when_the_file_is_gone_or_broken(tmp_path: Path, held: str | None) -> None:
    running = load_keys(tmp_path, []).keyring
    (tmp_path / "keys.json").unlink()
    if held is not None:
        (tmp_path / "keys.json").write_text(held)
    assert running.open(running.seal("text", FIELD), FIELD) == "text"
