"""An administrator's pages for kinds of visit: kept as typed, and what is wrong is said next to its field."""

import pytest

from server.kit.ids import new_id
from server.scheduling.tables import PractitionerLanguage, VisitType, VisitTypePractitioner
from tests.cast import World
from tests.server.visits import journey

pytestmark = pytest.mark.anyio

PATH = "/admin/visit-types"
CHECK = {
    "name": "Check-up",
    "name_es": "Control",
    "minutes": "20",
    "modality": "video",
    "given_by": "Primary care",
    "instructions": "Have water at hand.",
    "self_bookable": "on",
    "active": "on",
}


async def test_what_was_typed_is_kept_and_shown_again(site: World) -> None:
    admin = await site.signed_in("admin")
    assert "No visit type yet" in (await admin.get(PATH)).text
    assert (await admin.post(f"{PATH}/new", data=CHECK)).headers["location"] == PATH
    listed = (await admin.get(PATH)).text
    assert "Check-up" in listed
    assert "Patients book it alone" in listed
    (row,) = await journey.rows(site, VisitType)
    form = (await admin.get(f"{PATH}/{row.id}")).text
    assert all(words in form for words in ('value="Check-up"', 'value="Control"', "Have water at hand."))
    again = {**CHECK, "active": "", "given_by": "named", f"by_{site.practitioners['pcp'].id}": "on"}
    assert (await admin.post(f"{PATH}/{row.id}", data=again)).status_code == 303
    assert "Not offered any more" in (await admin.get(PATH)).text
    assert [one.practitioner_id for one in await journey.rows(site, VisitTypePractitioner)] == [
        site.practitioners["pcp"].id
    ]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": " "}, "Say what patients and staff call it."),
        ({"minutes": "0"}, "Enter the minutes, from 5 to 240."),
        ({"minutes": "²"}, "Enter the minutes, from 5 to 240."),
        ({"minutes": "9" * 5000}, "Enter the minutes, from 5 to 240."),
        ({"modality": "fax"}, "Choose one."),
        ({"given_by": "Astrology"}, "Choose who gives it."),
        ({"given_by": "named"}, "Tick who gives it."),
        ({"modality": "in-person"}, "visits in person are booked by the clinic"),
        ({"instructions": "x" * 1001}, "This is too long."),
    ],
)
async def test_what_is_wrong_is_said_and_what_was_typed_stays(site: World, changes: dict[str, str], words: str) -> None:
    answer = await (await site.signed_in("admin")).post(f"{PATH}/new", data={**CHECK, **changes})
    assert answer.status_code == 422
    assert words in answer.text
    assert 'value="Control"' in answer.text
    assert await journey.rows(site, VisitType) == []


@pytest.mark.parametrize("wanted", [str(new_id()), "x", "..."])
async def test_one_that_is_not_there_is_not_found(site: World, wanted: str) -> None:
    assert (await (await site.signed_in("admin")).get(f"{PATH}/{wanted}")).status_code == 404


async def test_languages_are_ticked_beside_the_hours(site: World) -> None:
    pcp, path = await site.signed_in("pcp"), f"/hours/{site.practitioners['pcp'].id}"
    answer = await pcp.post(f"{path}/languages", data={"speaks_es": "on", "speaks_xx": "on"})
    assert answer.headers["location"] == f"{path}?kept=1"
    assert [row.language for row in await journey.rows(site, PractitionerLanguage)] == ["es"]
    page = (await pcp.get(path)).text
    assert 'name="speaks_es" checked' in page
    assert 'name="speaks_en" checked' not in page
