"""A draft is kept as it was typed, whole or not, and read into an answer when it is signed."""

from server.consults.answer_form import (
    NOT_DAYS,
    answer_in,
    keys_in,
    read_draft,
    typed,
    with_item,
    without_item,
    write_draft,
)
from server.consults.answer_rules import LONGEST, MOST_ITEMS, Answer, Item, ItemKind
from tests.server.consults.answered_cases import ADVICE


def test_an_answer_is_read_from_its_form() -> None:
    medication = Item("1", ItemKind.MEDICATION, "Bupropion XL", "150 mg", frequency="every morning")
    later = Item("2", ItemKind.FOLLOW_UP, "PHQ-9", days=28)
    assert answer_in(ADVICE) == (Answer(ADVICE["impression"], (medication, later)), {})


def test_days_that_are_no_number_are_said_so() -> None:
    for wrong in ("soon", "-3", "²", "99999"):
        answer, errors = answer_in({**ADVICE, "2.days": wrong})
        assert (answer.items[1].days, errors) == (None, {"2.days": NOT_DAYS})


def test_a_draft_comes_back_as_it_was_typed_and_brings_nothing_that_is_not_of_it() -> None:
    draft = {**ADVICE, "2.days": "soon", "1.link": "https://a.test", "version": "7", "9.what": "nobody's"}
    kept = read_draft(write_draft(draft))
    assert kept == {**ADVICE, "2.days": "soon"}


def test_items_are_named_once_and_by_what_there_is() -> None:
    assert keys_in({"items": "1 1 2 ../x 3", "1.kind": "test", "2.kind": "magic", "3.kind": "therapy"}) == ["1", "3"]


def test_an_item_is_added_under_a_key_of_its_own_and_taken_away_with_all_of_it() -> None:
    more = with_item(ADVICE, "referral")
    assert (more["items"], more["3.kind"]) == ("1 2 3", "referral")
    fewer = without_item(more, "1")
    assert fewer["items"] == "2 3"
    assert not any(name.startswith("1.") for name in fewer)


def test_no_item_is_added_of_an_unknown_kind_or_past_the_most() -> None:
    assert with_item(ADVICE, "magic") == ADVICE
    full = dict(ADVICE)
    for _ in range(MOST_ITEMS):
        full = with_item(full, "test")
    assert len(keys_in(full)) == MOST_ITEMS


def test_what_is_longer_than_anything_may_be_is_cut_and_still_too_long() -> None:
    assert len(typed({**ADVICE, "impression": "a" * 9000})["impression"]) == LONGEST + 1
