"""Static files: an address that changes with the content, compressed, kept for good; an older page still works."""

import gzip
from pathlib import Path

import pytest
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from server.web import Assets

SCRIPT = "export const answer = 42;\n" * 40


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "call").mkdir()
    (tmp_path / "call/page.js").write_text(SCRIPT)
    (tmp_path / "tokens.css").write_text("a{}")
    (tmp_path / "README.md").write_text("for people who read the source")
    return tmp_path


async def ask(assets: Assets, path: str, release: str = "", accepted: str = "gzip, br") -> Response:
    return await assets.serve(
        Request(
            {
                "type": "http",
                "headers": [(b"accept-encoding", accepted.encode())],
                "path_params": {"release": release or assets.release, "path": path},
            }
        )
    )


def test_the_address_of_a_file_names_the_release(folder: Path) -> None:
    assets = Assets(folder)
    assert assets.url("call/page.js") == f"/static/{assets.release}/call/page.js"


def test_the_address_of_a_file_that_is_not_there_is_an_error_while_developing(folder: Path) -> None:
    with pytest.raises(KeyError):
        Assets(folder).url("call/pgae.js")


def test_the_same_files_are_the_same_release(folder: Path) -> None:
    assert Assets(folder).release == Assets(folder).release


@pytest.mark.parametrize("change", ["content", "name", "another file"])
def test_any_change_is_another_release(folder: Path, change: str) -> None:
    before = Assets(folder).release
    if change == "content":
        (folder / "tokens.css").write_text("b{}")
    elif change == "name":
        (folder / "tokens.css").rename(folder / "token.css")
    else:
        (folder / "new.svg").write_text("<svg/>")
    assert Assets(folder).release != before


@pytest.mark.anyio
async def test_a_file_of_this_release_may_be_kept_for_good(folder: Path) -> None:
    answer = await ask(Assets(folder), "call/page.js")
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"


@pytest.mark.anyio
async def test_a_page_of_an_older_release_gets_the_file_of_today_and_must_not_keep_it(folder: Path) -> None:
    answer = await ask(Assets(folder), "call/page.js", release="0123456789ab", accepted="")
    assert (answer.headers["cache-control"], answer.body) == ("no-cache", SCRIPT.encode())


@pytest.mark.anyio
async def test_a_file_comes_compressed(folder: Path) -> None:
    answer = await ask(Assets(folder), "call/page.js")
    assert answer.headers["content-encoding"] == "gzip"
    assert gzip.decompress(bytes(answer.body)) == SCRIPT.encode()
    assert len(answer.body) < len(SCRIPT) / 4


@pytest.mark.anyio
async def test_who_cannot_unpack_gets_it_plain(folder: Path) -> None:
    answer = await ask(Assets(folder), "call/page.js", accepted="br")
    assert "content-encoding" not in answer.headers
    assert answer.body == SCRIPT.encode()


@pytest.mark.anyio
async def test_a_cache_keeps_both_forms_apart(folder: Path) -> None:
    for accepted in ("gzip", "br"):
        assert (await ask(Assets(folder), "call/page.js", accepted=accepted)).headers["vary"] == "Accept-Encoding"


@pytest.mark.anyio
async def test_what_does_not_get_smaller_is_not_compressed(folder: Path) -> None:
    assert "content-encoding" not in (await ask(Assets(folder), "tokens.css")).headers


@pytest.mark.anyio
@pytest.mark.parametrize(("path", "kind"), [("call/page.js", "text/javascript"), ("tokens.css", "text/css")])
async def test_a_file_says_what_it_is(folder: Path, path: str, kind: str) -> None:
    assert (await ask(Assets(folder), path)).headers["content-type"].startswith(kind)


@pytest.mark.anyio
@pytest.mark.parametrize("path", ["nothing.js", "../server/settings.py", "README.md", "call", ""])
async def test_only_files_that_are_shipped_are_served(folder: Path, path: str) -> None:
    with pytest.raises(HTTPException) as raised:
        await ask(Assets(folder), path)
    assert raised.value.status_code == 404


@pytest.mark.anyio
async def test_scripts_are_sent_without_their_documentation_and_every_line_keeps_its_number(folder: Path) -> None:
    source = (
        "/**\n * What it is.\n */\nconst a = /** @type {any} */ (b);\n  /** One line. */\n// why\nc(); /* here */\n"
    )
    (folder / "call/page.js").write_text(source)
    answer = await ask(Assets(folder), "call/page.js", accepted="")
    assert bytes(answer.body).decode() == "\n\n\nconst a = /** @type {any} */ (b);\n\n// why\nc(); /* here */\n"


@pytest.mark.anyio
async def test_vendored_scripts_are_sent_as_they_are(folder: Path) -> None:
    (folder / "vendor").mkdir()
    (folder / "vendor/lib.js").write_text("/** Copyright. */\n")
    answer = await ask(Assets(folder), "vendor/lib.js", accepted="")
    assert bytes(answer.body) == b"/** Copyright. */\n"


def test_a_file_is_given_to_a_page_that_serves_it_under_an_address_of_its_own(folder: Path) -> None:
    (folder / "worker.js").write_text("/** Why. */\nrun();\n")
    assets = Assets(folder)
    assert assets.content("worker.js") == b"\nrun();\n"
    with pytest.raises(KeyError):
        assets.content("missing.js")
