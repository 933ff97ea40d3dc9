"""Pictures of how calls went: the week's visits, and one whose patient had a weak network."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from playwright.sync_api import expect
from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from server.calls import Person, Room, Seat, Story, take_seat
from server.identity import Account
from server.visits import Encounter
from server.web import Deps
from tests.screens.camera import Camera
from tests.screens.site import served
from tests.server.calls.quality import happened, incident, measured

# Round trip in ms, loss and frozen share of the weak network, one each five seconds.
WEAK: Sequence[tuple[float, float, float]] = [
    (140 + 520 * (18 <= n < 30) + 13 * (n % 5), 0.004 * (n % 3) + 0.13 * (20 <= n < 28), 0.4 * (22 <= n < 27))
    for n in range(72)
]


def take(camera: Camera) -> None:
    """Take them."""
    with served(camera.folder / "quality") as site, camera.clinic_side(site.url) as context:
        site.do(hold_calls)
        page = context.new_page()
        page.goto("/login")
        page.get_by_role("button", name="Administrator").click()
        expect(page.get_by_role("heading", name="Administration", level=1)).to_be_visible()
        page.goto("/admin/visits/quality")
        camera.take(page, "qualities")
        page.locator("main li a").filter(has_text="Poor").click()
        expect(page.get_by_role("heading", name="What happened, in order")).to_be_visible()
        camera.take(page, "quality")


async def hold_calls(deps: Deps) -> None:
    """Put three calls into the rows: one good, one of a weak network, one of which nothing is known."""
    story = Story(deps)
    async with deps.database.write() as session:
        encounters = (await session.exec(select(Encounter).order_by("id").limit(3))).all()
        pcp = (await session.exec(select(Account).where(Account.name == "Dr. Rose Okafor"))).one()
        for number, encounter in enumerate(encounters):
            encounter.started_at = deps.now() - timedelta(minutes=90 - 25 * number)
            encounter.ended_at = encounter.started_at + timedelta(minutes=6)
            patient, clinician = await _seats(session, encounter, pcp)
            if number < 2:
                _tell(story, encounter, patient, clinician, weak=number == 1)
    while await story.write():
        pass


async def _seats(session: AsyncSession, encounter: Encounter, pcp: Account) -> tuple[Seat, Seat]:
    room, at = await session.get_one(Room, encounter.room_id), encounter.started_at
    assert at is not None
    clinician = await take_seat(session, room, Person("Dr. R. Okafor", "practitioner", pcp.id), "admitted", at)
    who = Person("M. Alvarez", "patient", patient_id=encounter.patient_id)
    return await take_seat(session, room, who, "admitted", at), clinician


def _tell(story: Story, encounter: Encounter, patient: Seat, clinician: Seat, *, weak: bool) -> None:
    start: Any = encounter.started_at
    for seat in (clinician, patient):
        story.add(happened(seat, "joined", start))
    for number, (rtt, loss, frozen) in enumerate(WEAK):
        at = start + timedelta(seconds=5 * (number + 1))
        story.add(measured(clinician, patient, at, rtt=38.0 + number % 4))
        worse = {"rtt": rtt, "loss": loss, "frozen": frozen, "path": "relay-udp"} if weak else {}
        if not (weak and 30 <= number < 36):
            story.add(measured(patient, clinician, at, **worse))
    if weak:
        story.add(incident(patient, "video_paused", at=start + timedelta(seconds=110)))
        story.add(incident(patient, "interrupted", clinician, 1800, start + timedelta(seconds=152)))
        story.add(incident(patient, "video_resumed", at=start + timedelta(seconds=170)))
        story.add(incident(patient, "interrupted", clinician, 900, start + timedelta(seconds=178)))
    for seat in (patient, clinician):
        story.add(happened(seat, "left", start + timedelta(minutes=6)))
