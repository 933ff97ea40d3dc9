"""Templates hold no script and no style: the content policy forbids them, and a page must not depend on them."""

import re
from pathlib import Path

import pytest

from tests.contract.tree import files_in, text

TEMPLATES = files_in("templates", ".html", ".txt", ".xml")
SCRIPT = re.compile(r"<script\b([^>]*)>", re.IGNORECASE)
HANDLER = re.compile(r"<[a-z][^>]*\s(on[a-z]+)\s*=", re.IGNORECASE)
STYLE = re.compile(r"<style\b|<[a-z][^>]*\sstyle\s*=", re.IGNORECASE)
ADDRESS = re.compile(
    r"""(?:href|action|src|hx-get|hx-post|data-[\w-]*url)\s*=\s*"(?!tel:|mailto:)([^"]*)\"""", re.IGNORECASE
)
OF_A_PERSON = re.compile(r"{{[^}]*\b\w*(?:name|birth|born|phone|email|reason|street|record_number)\b", re.IGNORECASE)
GENERATED = re.compile(r"\shx-on[:\w-]*\s*=|\bjavascript:|[\"']js:", re.IGNORECASE)


def scripts_of(template: Path) -> list[str]:
    """Attributes of the script elements that are neither a file nor a block of data."""
    attributes = SCRIPT.findall(text(template))
    return [words for words in attributes if "src=" not in words and 'type="application/json"' not in words]


def classes_of(template: Path) -> set[str]:
    """Classes that stand in a template as they are; those that are put together are not looked at."""
    literal = re.sub(r"{[{%].*?[%}]}", " ", text(template))
    return {name for names in re.findall(r'class="([^"{]*)"', literal) for name in names.split()}


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


@pytest.mark.parametrize("template", TEMPLATES, ids=str)
def test_a_template_writes_nothing_about_a_person_into_an_address(template: Path) -> None:
    assert [address for address in ADDRESS.findall(text(template)) if OF_A_PERSON.search(address)] == []


def test_every_class_that_a_template_names_is_styled_or_read_by_a_script() -> None:
    styled = set(re.findall(r"\.([a-z][\w-]*)", " ".join(text(path) for path in files_in("static", ".css"))))
    scripts = " ".join(text(path) for path in files_in("static", ".js") if "vendor" not in path.parts)
    selected = set(re.findall(r"\.([a-z][\w-]*)", " ".join(re.findall(r"""["'`]([^"'`\n]*)["'`]""", scripts))))
    switched = set(re.findall(r"""classList\.\w+\(["']([\w-]+)""", scripts))
    assert set[str]().union(*map(classes_of, TEMPLATES)) - styled - selected - switched == set()
