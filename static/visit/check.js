/** The device check: see and hear yourself, pick devices, and what to do when one cannot be had. Nothing here blocks joining. */
import { pickers } from "../call/devices.js";
import { byId, within } from "../call/dom.js";
import { attach } from "../call/selfview.js";
import { say } from "../call/words.js";
import { meter } from "../rtc/meter.js";
import { browserOf } from "./browser.js";

/**
 * @typedef {import("../rtc/media.js").LocalMedia} LocalMedia
 * @typedef {import("../rtc/media.js").Device} Device
 */

const HEARD = 0.25; // of the meter, reached by speaking at arm's length

/** @param {LocalMedia} media @param {{join: () => void, onSpeaker: (id: string) => void}} wiring @returns {() => void} stops listening */
export function check(media, { join, onSpeaker }) {
  const use = /** @type {HTMLInputElement} */ (byId("use-camera"));
  let stop = () => {};
  let listening = /** @type {MediaStreamTrack | null} */ (null);
  let asked = false;

  const draw = () => {
    const { microphone, camera } = media.tracks;
    attach(/** @type {HTMLVideoElement} */ (byId("check-video")), camera);
    byId("check-face").hidden = Boolean(camera);
    byId("check-ask").hidden = asked;
    byId("check-only-you").hidden = !camera;
    byId("check-level").hidden = !microphone;
    byId("check-title").textContent = say(titleOf(asked, Boolean(microphone), Boolean(camera)));
    use.checked = media.wanted.camera;
    byId("use-camera-label").hidden = !camera && Boolean(media.problems.camera);
    help(media);
    listen(microphone);
  };
  /** @param {MediaStreamTrack | null} microphone */
  const listen = (microphone) => {
    if (microphone === listening) return;
    stop();
    listening = microphone;
    stop = microphone ? meter(microphone, level) : () => {};
  };

  use.addEventListener("change", () => void media.camera(use.checked));
  byId("check-problems").addEventListener("click", (event) => {
    if (event.target instanceof Element && event.target.closest("[data-again]")) void open();
  });
  byId("join").addEventListener("click", (event) => {
    event.preventDefault(); // the form is for whoever is faster than this script: it loads the page anew, as joined
    join();
  });
  pickers("check", media, onSpeaker);
  media.on("track", draw);
  media.on("problem", draw);
  media.on("state", draw);

  async function open() {
    media.wanted.microphone = true;
    await media.open();
    asked = true;
    draw();
  }
  draw();
  void open();
  return () => listen(null);
}

/** @param {boolean} asked @param {boolean} microphone @param {boolean} camera */
export function titleOf(asked, microphone, camera) {
  if (microphone && camera) return "checkGood";
  if (!asked) return "checkAsking";
  if (microphone) return "checkSound";
  return camera ? "checkPicture" : "checkNothing";
}

/** @param {number} value 0..1 */
function level(value) {
  /** @type {HTMLMeterElement} */ (within(byId("check-level"), "meter")).value = value;
  const line = byId("check-hear");
  if (value < HEARD || line.classList.contains("ok")) return;
  line.classList.replace("dim", "ok");
  within(line, ".heard").hidden = false;
  within(line, "[data-word]").textContent = say("hearYou");
}

/** One tip for each thing in the way, in the words of the browser at hand. @param {LocalMedia} media */
function help(media) {
  const kinds = /** @type {Device[]} */ (["camera", "microphone"])
    .filter((device) => media.wanted[device] && !media.tracks[device] && media.problems[device])
    .map((device) => (media.problems[device] === "denied" ? `denied-${browserOf(navigator.userAgent, navigator.maxTouchPoints)}` : `${device}-${media.problems[device]}`.replace("stopped", "in-use")));
  const place = byId("check-problems");
  const wanted = [...new Set(kinds)].join(" ");
  if (place.dataset.shows === wanted) return;
  place.dataset.shows = wanted;
  const tips = [...new Set(kinds)].map((kind) => document.querySelector(`template[data-help="${kind}"]`));
  place.replaceChildren(...tips.map((tip) => (tip instanceof HTMLTemplateElement ? document.importNode(tip.content, true) : "")));
}
