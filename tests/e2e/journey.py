"""The steps of a visit as people take them, and what a test can see and hear of a call."""

import re
from dataclasses import dataclass

from playwright.sync_api import Page

PATIENT, DOCTOR = "M. Alvarez", "Dr. R. Okafor"
ALVAREZ = {"month": "4", "day": "17", "year": "1992"}


def sign_in(page: Page, who: str = "Primary care doctor") -> None:
    """Sign in as a demo person."""
    page.goto("/login")
    page.get_by_role("button", name=who).click()
    page.get_by_role("heading", name="Today").first.wait_for()


def sign_in_as_administrator(page: Page) -> None:
    """Sign in as the demo's administrator."""
    page.goto("/login")
    page.get_by_role("button", name="Administrator").click()
    page.get_by_role("heading", name="Administration", level=1).wait_for()


def new_visit(page: Page, patient: str = "alvarez") -> tuple[str, str]:
    """Set up a visit now as the signed-in person; gives the address of its page and the patient's link."""
    page.goto("/patients?then=visit")
    page.get_by_role("searchbox").fill(patient)
    page.get_by_role("link", name=re.compile("New visit with")).first.click()
    page.get_by_role("button", name="Set up visit").click()
    link = page.get_by_label("Give this link to the patient").input_value()
    sheet = page.get_by_role("link", name="Start visit").get_attribute("href") or ""
    return sheet.removesuffix("/call"), link


def prove(page: Page, link: str, born: dict[str, str] = ALVAREZ) -> None:
    """Open the link and answer its question."""
    page.goto(link)
    for part, value in born.items():
        page.get_by_label(part.capitalize(), exact=True).fill(value)
    page.get_by_role("button", name="Continue").click()


def confirm(page: Page) -> None:
    """Fill in what is asked before a visit, and agree. Who was here before is still where they were."""
    page.get_by_role("heading", name="Before we start").wait_for()
    if page.get_by_label("Street and number").is_visible():
        page.get_by_label("Street and number").fill("118 Larch Street")
        page.get_by_label("Town or city").fill("Missoula")
        page.get_by_label("State", exact=True).select_option("MT")
    page.get_by_label("Phone, if the video stops").fill("406-555-0177")
    emergency = page.get_by_role("group", name="Who should we call in an emergency?")
    emergency.get_by_label("Name").fill("D. Alvarez")
    emergency.get_by_label("Phone").fill("406-555-0168")
    page.get_by_text("I am alone").click()
    page.get_by_role("checkbox", name=re.compile("I agree")).check()
    page.get_by_role("button", name="Continue").click()


def seen(page: Page) -> None:
    """Wait until the page is painted, as people do: browsers drop what is pressed before anything is seen."""
    page.wait_for_function("() => performance.getEntriesByName('first-contentful-paint').length")


def enter_waiting_room(page: Page, link: str) -> None:
    """Go from the link to the waiting room."""
    prove(page, link)
    confirm(page)
    wait_in_room(page)


def wait_in_room(page: Page) -> None:
    """Go from the device check to the waiting room."""
    seen(page)
    page.get_by_role("button", name="Join visit").click()
    page.get_by_role("heading", name="You are in the waiting room").wait_for()


def start_and_admit(page: Page, sheet: str) -> None:
    """Open the call as its practitioner and let the waiting patient in."""
    page.goto(f"{sheet}/call")
    page.get_by_role("button", name=re.compile("^Admit")).click()


def ask_in(page: Page, whom: str) -> None:
    """Ask a colleague into the running visit, as its clinician."""
    page.get_by_role("tab", name="People").click()
    colleague = page.get_by_label("Colleague")
    option = colleague.locator("option").filter(has_text=whom).get_attribute("value")
    colleague.select_option(value=option)
    page.get_by_role("checkbox", name="I asked").check()
    page.get_by_role("button", name="Invite").click()
    page.get_by_text("Asked at").wait_for()


def remote_video(page: Page, name: str) -> str:
    """Give the selector of the other person's picture."""
    selector = f'video[aria-label="{name}"]'
    page.wait_for_selector(selector, state="attached")
    return selector


def wait_for_frames(page: Page, selector: str, more: int = 15) -> int:
    """Wait until the picture has rendered some more frames; gives how many it has rendered in all."""
    seen = _frames(page, selector)
    page.wait_for_function(f"([selector, n]) => ({_RENDERED})(selector) >= n", arg=[selector, seen + more])
    return _frames(page, selector)


def wait_for_sound(page: Page, selector: str) -> None:
    """Wait until what arrives from the other person is louder than silence."""
    page.wait_for_function(_LOUD, arg=selector)


@dataclass(frozen=True)
class Call:
    """A running call: the clinician's page, the patient's page, the visit's page and its link."""

    pcp: Page
    patient: Page
    sheet: str
    link: str

    @property
    def sides(self) -> tuple[tuple[Page, str], ...]:
        """Each page with the name of the person that it sees."""
        return (self.pcp, PATIENT), (self.patient, DOCTOR)


def meet(pcp: Page, patient: Page) -> Call:
    """Bring both into a call."""
    sign_in(pcp)
    sheet, link = new_visit(pcp)
    enter_waiting_room(patient, link)
    return start_call(pcp, patient, sheet, link)


def start_call(pcp: Page, patient: Page, sheet: str, link: str) -> Call:
    """Let in the patient who waits, until pictures move on both sides."""
    start_and_admit(pcp, sheet)
    made = Call(pcp, patient, sheet, link)
    for page, other in made.sides:
        wait_for_frames(page, remote_video(page, other), 3)
    return made


def write(page: Page, text: str) -> None:
    """Write into the chat, opening it first where it is not open."""
    box = page.get_by_label("Message", exact=True)
    if not box.is_visible():
        page.locator("#chat-open, #tab-chat").first.click()
    box.fill(text)
    page.get_by_role("button", name="Send").click()


def read(page: Page, text: str) -> None:
    """Wait until a message is there to read."""
    if page.locator("#chat-open").count() and not page.locator("#chat-text").is_visible():
        page.locator("#chat-open").click()
    elif page.locator("#tab-chat").count():
        page.locator("#tab-chat").click()
    page.get_by_role("log", name="Messages").get_by_text(text).wait_for()


def _frames(page: Page, selector: str) -> int:
    return int(page.evaluate(_RENDERED, selector) or 0)


# Firefox counts no frames of a stream in getVideoPlaybackQuality, so there they are counted as they are shown.
_RENDERED = """(selector) => {
  const video = document.querySelector(selector);
  const counted = video?.getVideoPlaybackQuality().totalVideoFrames;
  if (!video || counted || navigator.vendor) return counted ?? 0;
  const counts = (window.__shown ??= new WeakMap());
  if (!counts.has(video)) {
    counts.set(video, 0);
    const count = () => { counts.set(video, counts.get(video) + 1); video.requestVideoFrameCallback(count); };
    video.requestVideoFrameCallback(count);
  }
  return counts.get(video);
}"""


# The tests' own analyser on the stream that the page plays; made once per stream. Firefox runs none where there is no
# sound card: there it is what the page says of the level that arrives.
_LOUD = """(selector) => {
  const video = document.querySelector(selector);
  if (!navigator.vendor) return !!video && !video.paused && !video.muted && !!video.closest(".tile.talks");
  const stream = document.querySelector(selector)?.srcObject;
  const tracks = stream?.getAudioTracks().filter((t) => t.readyState === "live") ?? [];
  if (!tracks.length) return false;
  const kept = (window.__ears ??= new Map());
  if (!kept.has(tracks[0].id)) {
    const context = new AudioContext();
    const ear = context.createAnalyser();
    context.createMediaStreamSource(new MediaStream([tracks[0]])).connect(ear);
    kept.set(tracks[0].id, { ear, context });
  }
  const { ear, context } = kept.get(tracks[0].id);
  void context.resume();
  const wave = new Float32Array(ear.fftSize);
  ear.getFloatTimeDomainData(wave);
  return Math.sqrt(wave.reduce((sum, x) => sum + x * x, 0) / wave.length) > 0.005;
}"""
