"""Every text that people read is there in Spanish, and the catalogue holds nothing else."""

import re
from collections import Counter

from babel.messages.catalog import Message

from tests.contract.messages import extracted, spanish

PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%%|\{\w*\}")


def texts(value: object) -> list[str]:
    """Give the one text, or the texts of each number, of a message id or of its translation."""
    if isinstance(value, str):
        return [value]
    return [str(part) for part in value] if isinstance(value, list | tuple) else []


def entries() -> list[Message]:
    return [entry for catalogue in spanish().values() for entry in catalogue if entry.id]


def placeholders(words: str) -> set[str]:
    return set(PLACEHOLDER.findall(words))


def test_every_text_in_use_has_a_spanish_one() -> None:
    translated = {entry.id for entry in entries() if texts(entry.string) and all(texts(entry.string))}
    assert {message: place for message, place in extracted().items() if message not in translated} == {}


def test_no_spanish_text_is_left_over() -> None:
    used = extracted()
    assert [entry.id for entry in entries() if entry.id not in used] == []
    assert {name: list(catalogue.obsolete) for name, catalogue in spanish().items() if catalogue.obsolete} == {}


def test_a_text_is_translated_in_one_catalogue_only() -> None:
    counted = Counter(str(entry.id) for entry in entries())
    assert [words for words, times in counted.items() if times > 1] == []


def test_no_spanish_text_awaits_a_look() -> None:
    assert [entry.id for entry in entries() if entry.fuzzy] == []


def keeps_placeholders(entry: Message) -> bool:
    """Nothing is put in that English does not offer, and the text for many loses nothing that the English one shows."""
    offered, shown = placeholders(" ".join(texts(entry.id))), placeholders(texts(entry.id)[-1])
    spanish_ones = [placeholders(words) for words in texts(entry.string)]
    return all(ones <= offered for ones in spanish_ones) and shown <= spanish_ones[-1]


def test_a_spanish_text_has_the_placeholders_of_its_english_one() -> None:
    assert [entry.id for entry in entries() if not keeps_placeholders(entry)] == []


def test_no_period_follows_a_spanish_time_which_ends_in_one() -> None:
    ends = re.compile(r"%\((?:time|until)\)s\.")
    assert [words for entry in entries() for words in texts(entry.string) if ends.search(words)] == []
