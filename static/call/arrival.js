/** Tells the clinician, who may be looking elsewhere, that somebody has come to the waiting room: a chime, and the name for readers. */
import { announce, byId } from "./dom.js";
import { chime } from "./sound.js";

/** Watches the region that htmx keeps fresh: somebody waits when it holds a way to admit them. */
export function arrival() {
  const place = byId("waiting");
  let waiting = false;
  const look = () => {
    const person = place.querySelector("form, [hx-post]")?.closest(".person, .row") ?? null;
    if (person && !waiting) tell([...(person.querySelector("div")?.children ?? [])]);
    waiting = Boolean(person);
  };
  new MutationObserver(look).observe(place, { childList: true, subtree: true });
}

/** @param {Element[]} words name and state */
function tell(words) {
  announce(words.map((word) => word.textContent).join(" "));
  void chime("");
}
