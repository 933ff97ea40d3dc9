"""A file has one subject and a function does one thing: past these sizes there is a second one in it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.tree import ROOT, files, files_in, text

LONGEST_FILE = 400
LONGEST_FUNCTION = 50
LARGEST_PICTURE = 100 * 1024
LARGEST_FILE = 1024 * 1024
LARGEST_TREE = 32 * 1024 * 1024

SOURCES = [
    path
    for folder in ("server", "signaling", "static", "templates", "tests")
    for path in files_in(folder, ".py", ".js", ".mjs", ".css", ".html")
    if "vendor" not in path.parts[:2] and path.parts[:3] != ("server", "migrations", "versions")
]
PYTHON = [path for path in SOURCES if path.suffix == ".py"]


def long_functions(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(text(path))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if length > LONGEST_FUNCTION:
                yield f"{path}:{node.lineno} {node.name} has {length} lines"


def test_no_source_file_is_longer_than_one_subject() -> None:
    lengths = {path: text(path).count("\n") for path in SOURCES}
    assert {path: length for path, length in lengths.items() if length > LONGEST_FILE} == {}


@pytest.mark.parametrize("folder", ["server", "signaling", "tests"])
def test_no_function_is_longer_than_a_screen(folder: str) -> None:
    assert [line for path in PYTHON if path.parts[0] == folder for line in long_functions(path)] == []


def test_a_picture_of_a_page_is_small() -> None:
    pictures = [path for path in files() if path.parts[:2] == ("docs", "screens")]
    assert [path for path in pictures if (ROOT / path).stat().st_size > LARGEST_PICTURE] == []


def test_the_tree_stays_quick_to_fetch() -> None:
    sizes = {path: (ROOT / path).stat().st_size for path in files()}
    assert {path: size for path, size in sizes.items() if size > LARGEST_FILE} == {}
    assert sum(sizes.values()) <= LARGEST_TREE
