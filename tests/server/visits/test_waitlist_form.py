"""What the form of a wish offers: clinicians of the clinics that one covers, each and by kind."""

import pytest

from server.kit import Form
from server.visits.waitlist_form import EMPTY, Choices, choices_of, read_wish
from tests.cast import TEN, World

pytestmark = pytest.mark.anyio


async def test_clinicians_of_clinics_that_one_does_not_cover_are_not_offered(site: World) -> None:
    people = list(site.practitioners.values())
    choices = choices_of(site.actors["frontdesk"], people, [site.clinic], [])
    values = list(choices.who())
    assert str(site.practitioners["outsider"].id) not in values
    assert values.count(f"{site.clinic.id} Primary care") == 1


async def test_a_wish_is_read_for_one_clinician_or_for_a_kind(site: World) -> None:
    choices = Choices([site.practitioners["pcp"]], [site.clinic], [])
    for value, named in ((str(site.practitioners["pcp"].id), True), (f"{site.clinic.id} Primary care", False)):
        form = Form({**EMPTY, "who": value, "state": "MT", "last_day": "2026-12-24"})
        wish = read_wish(form, choices, TEN.date())
        assert wish is not None
        assert (wish.practitioner_id is not None, wish.specialty) == (named, "" if named else "Primary care")
    assert read_wish(Form(EMPTY), choices, TEN.date()) is None
