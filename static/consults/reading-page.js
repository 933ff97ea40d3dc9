/** Says to the server, once a minute, that the page of a case is read, while it is seen and somebody is there. */
import { isDue, opened } from "./reading.js";

const OFTEN = 5_000; // ms between two looks
const state = opened(Date.now());

for (const name of ["pointerdown", "pointermove", "keydown", "scroll"]) {
  document.addEventListener(name, () => (state.active = Date.now()), { passive: true, capture: true });
}
document.addEventListener("visibilitychange", () => look());
setInterval(look, OFTEN);
look();

function look() {
  state.seen = document.visibilityState === "visible";
  const place = document.querySelector("[data-reading]");
  const now = Date.now();
  if (!(place instanceof HTMLElement) || !isDue(state, now)) return;
  state.told = now;
  fetch(place.dataset.reading ?? "", { method: "POST", headers: { "X-Background": "1" } }).catch(() => {
    state.told = 0; // the line was away: said again at the next look
  });
}
