/** The waiting room: this person's own picture, whether everything works, whether the line to the clinic stands. */
import { byId, within } from "../call/dom.js";
import { attach } from "../call/selfview.js";
import { shown } from "../call/sections.js";
import { say } from "../call/words.js";

const EVERY = 60_000; // ms: that nobody has come is news that only time brings

/** @param {import("../rtc/session.js").Session} session @param {import("../rtc/media.js").LocalMedia} media @param {() => void} leave */
export function waiting(session, media, leave) {
  const draw = () => {
    attach(/** @type {HTMLVideoElement} */ (byId("waiting-video")), media.tracks.camera);
    byId("waiting-face").hidden = media.state.camera;
    byId("waiting-media").textContent = say(works(media.state));
  };
  media.on("state", draw);
  session.on("signaling", line);
  session.on("standing", () => {
    byId("waiting-title").textContent = say("waitingHere"); // only now does the server know that somebody waits
  });
  byId("leave-waiting").addEventListener("click", leave);
  document.body.addEventListener("curbside:visit", () => void news());
  setInterval(() => void news(), EVERY);
  draw();
}

/** How late it is, and another way when nobody comes: written by the server (htmx would be half of this page's bytes). */
async function news() {
  if (shown() !== "waiting") return;
  const place = byId("waiting-news");
  const answer = await fetch(place.dataset.news ?? "", { headers: { Accept: "text/html" } }).catch(() => null);
  if (!answer?.ok || answer.redirected) return;
  const text = await answer.text();
  if (place.dataset.shows === text) return; // or a reader would hear the same again
  place.dataset.shows = text;
  place.innerHTML = text;
}

/** Which sentence tells what works. Pure. @param {{microphone: boolean, camera: boolean}} state */
export function works({ microphone, camera }) {
  if (microphone) return camera ? "bothWork" : "onlySound";
  return camera ? "onlyPicture" : "nothing";
}

/** @param {boolean} up */
function line(up) {
  const badge = byId("waiting-line");
  within(badge, ".signal").dataset.bars = up ? "4" : "1";
  within(badge, "[data-word]").textContent = say(up ? "connected" : "waitingReconnecting");
  badge.classList.toggle("ok", up);
  badge.classList.toggle("warn", !up);
}
