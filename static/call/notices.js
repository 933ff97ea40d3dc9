/** The lines under the faces: how the connection is (states.js decides), and a device that needs a tap. */
import { between, score } from "../rtc/stats.js";
import { byId, within } from "./dom.js";
import { quiet, settle, wanted } from "./states.js";
import { say } from "./words.js";

/**
 * @typedef {import("../rtc/session.js").Session} Session
 * @typedef {import("../rtc/tuning.js").Tuning} Tuning
 * @typedef {import("../rtc/tuning.js").Reading} Reading
 * @typedef {import("../rtc/media.js").LocalMedia} LocalMedia
 * @typedef {{up: boolean, still: number, weak: number}} Seen up: it was connected once; the others count readings in a row
 */

const EVERY = 250; // ms between two looks at what may be said by now
const BACK_BY_TAP = new Set(["interrupted", "stopped", "in-use"]);
const STEADY = 2; // readings in a row before it is said

/** @param {Session} session @param {Tuning} tuning @param {(id: string, still: boolean) => void} still told when a picture stops coming, and comes again */
export function notices(session, tuning, still) {
  /** @type {Map<string, Seen>} */
  const seen = new Map();
  const of = (/** @type {string} */ id) => seen.get(id) ?? { up: false, still: 0, weak: 0 };
  let signaling = true;
  let shown = quiet();
  session.on("signaling", (up) => void (signaling = up));
  session.on("link", ({ id, state }) => void (state === "connected" && seen.set(id, { ...of(id), up: true })));
  session.on("left", ({ id }) => void seen.delete(id));
  session.on("participant", ({ id, media }) => void (media.camera || seen.set(id, { ...of(id), still: 0 })));
  tuning.on("read", (reading) => {
    const known = of(reading.id);
    const camera = session.people.get(reading.id)?.media.camera && !document.hidden;
    seen.set(reading.id, { ...known, still: camera && stands(reading) ? known.still + 1 : 0, weak: isWeak(reading) ? known.weak + 1 : 0 });
    still(reading.id, of(reading.id).still >= STEADY);
  });
  within(byId("notice"), "button").addEventListener("click", () => tuning.insist());
  setInterval(draw, EVERY);

  function draw() {
    const links = [...session.people.values()].map(({ id, name }) => ({
      name, broken: of(id).up && !session.peers.get(id)?.connected, paused: session.media.state.camera && tuning.paused(id),
      still: of(id).still >= STEADY, weak: of(id).weak >= STEADY,
    }));
    shown = settle(shown, session.standing === "admitted" ? wanted({ up: signaling, links }) : null, performance.now());
    put(byId("notice"), shown.line ? say(shown.line.key, { name: shown.line.name }) : "", shown.line?.key === "videoPaused");
    byId("notice").classList.toggle("ok", shown.line?.key === "back");
    byId("notice").classList.toggle("warn", shown.line?.key !== "back");
  }
}

/** A camera or microphone that somebody else uses, or that only a tap brings back. @param {LocalMedia} media */
export function deviceNotice(media) {
  const place = byId("device-notice");
  const draw = () => {
    const device = /** @type {const} */ (["microphone", "camera"]).find((each) => media.wanted[each] && BACK_BY_TAP.has(media.problems[each] ?? ""));
    put(place, device ? say(`${device}-${media.problems[device]}`) : "", Boolean(device));
  };
  within(place, "button").addEventListener("click", () => media.resume());
  for (const event of /** @type {const} */ (["problem", "state", "track"])) media.on(event, draw);
  document.addEventListener("visibilitychange", () => document.hidden || media.awake());
  draw();
}

/** @param {HTMLElement} place @param {string} text empty for nothing @param {boolean} action whether its button helps */
function put(place, text, action) {
  const word = within(place, "[data-word]");
  if (word.textContent !== text) word.textContent = text; // or a reader would hear the same again
  within(place, "button").toggleAttribute("hidden", !action);
  place.hidden = !text;
}

/** Whether packets come, but no picture. @param {Reading} reading */
const stands = ({ before, sample }) => Boolean(before && sample.frames === before.frames && sample.received > before.received);

/** @param {Reading} reading */
const isWeak = ({ before, sample }) => Boolean(before && score({ ...between(before, sample), frozen: 0 }).bars <= 2);
