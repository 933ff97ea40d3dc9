"""Templates hold no script and no style: the content policy forbids them, and a page must not depend on them."""

import re
from pathlib import Path

import pytest

from tests.contract.tree import files_in, text

TEMPLATES = files_in("templates", ".html", ".txt", ".xml")
SCRIPT = re.compile(r"<script\b([^>]*)>", re.IGNORECASE)
HANDLER = re.compile(r"<[a-z][^>]*\s(on[a-z]+)\s*=", re.IGNORECASE)
STYLE = re.compile(r"<style\b|<[a-z][^>]*\sstyle\s*=", re.IGNORECASE)
GENERATED = re.compile(r"\shx-on[:\w-]*\s*=|\bjavascript:|[\"']js:", re.IGNORECASE)


def scripts_of(template: Path) -> list[str]:
    """Attributes of the script elements that are neither a file nor a block of data."""
    attributes = SCRIPT.findall(text(template))
    return [words for words in attributes if "src=" not in words and 'type="application/json"' not in words]


@pytest.mark.parametrize("template", TEMPLATES, ids=str)
def test_a_template_has_no_inline_script(template: Path) -> None:
    assert scripts_of(template) == []
    assert HANDLER.findall(text(template)) == []
    assert GENERATED.findall(text(template)) == []


@pytest.mark.parametrize("template", TEMPLATES, ids=str)
def test_a_template_has_no_inline_style(template: Path) -> None:
    assert STYLE.findall(text(template)) == []


@pytest.mark.parametrize("template", TEMPLATES, ids=str)
def test_a_template_loads_nothing_from_another_server(template: Path) -> None:
    assert re.findall(r"(?:src|href)\s*=\s*[\"'](?:https?:)?//", text(template)) == []
