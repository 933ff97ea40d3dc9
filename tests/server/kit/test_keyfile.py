"""The server's own keys: made once, readable by their owner only, the same for everybody who starts."""

import base64
import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from server.kit import Keyring
from server.kit.keyfile import load_keys

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
