/** Pickers for camera, microphone and speaker, the same in the device check and in the call. */
import { byId } from "./dom.js";
import { chime } from "./sound.js";
import { say } from "./words.js";

/**
 * @typedef {import("../rtc/media.js").LocalMedia} LocalMedia
 * @typedef {import("../rtc/media.js").Device} Device
 * @typedef {{id: string}} Speaker the speaker picked; shared by every place that plays sound
 */

/**
 * Fills and follows the three pickers whose ids begin with `prefix`.
 * @param {string} prefix "pick" or "check"
 * @param {LocalMedia} media
 * @param {(id: string) => void} onSpeaker
 */
export function pickers(prefix, media, onSpeaker) {
  const canPickSpeaker = "setSinkId" in HTMLMediaElement.prototype;
  /** @param {string} kind @returns {HTMLSelectElement} */
  const select = (kind) => byId(`${prefix}-${kind}`);
  const draw = async () => {
    const found = await media.list();
    for (const device of /** @type {Device[]} */ (["camera", "microphone"])) {
      fill(select(device), found[device], device, media.tracks[device]?.getSettings().deviceId ?? media.picked[device]);
    }
    byId(`${prefix}-speaker-field`).hidden = !canPickSpeaker || !found.speaker.length;
    fill(select("speaker"), found.speaker, "speaker", select("speaker").value);
  };
  for (const device of /** @type {Device[]} */ (["camera", "microphone"])) {
    select(device).addEventListener("change", (event) => media.pick(device, /** @type {HTMLSelectElement} */ (event.target).value));
  }
  select("speaker").addEventListener("change", () => onSpeaker(select("speaker").value));
  testSound(prefix === "pick" ? "test-sound" : `${prefix}-sound`, () => select("speaker").value);
  for (const event of /** @type {const} */ (["devices", "track", "problem"])) media.on(event, () => void draw());
  void draw();
}

/** @param {HTMLSelectElement} select @param {MediaDeviceInfo[]} devices @param {string} kind @param {string} current */
function fill(select, devices, kind, current) {
  const options = devices.map(({ deviceId, label }, at) => new Option(label || `${say(kind)} ${at + 1}`, deviceId, false, deviceId === current));
  const none = say(kind === "camera" ? "noCamera" : kind === "microphone" ? "noMicrophone" : "defaultDevice");
  select.replaceChildren(...(options.length ? options : [new Option(none, "")]));
  select.disabled = !options.length;
}

/** @param {string} id of the button; its words appear beside it @param {() => string} speaker */
function testSound(id, speaker) {
  const button = byId(id);
  const word = byId(`${id}-word`);
  button.addEventListener("click", async () => {
    word.textContent = say("soundPlaying");
    await chime(speaker());
    word.textContent = say("soundPlayed");
  });
}

/** What stands in the way of a device, in the sheet. @param {LocalMedia} media */
export function problems(media) {
  const place = byId("device-problem");
  const draw = () => {
    const device = /** @type {Device[]} */ (["microphone", "camera"]).find((each) => media.wanted[each] && media.problems[each] && !media.tracks[each]);
    place.hidden = !device;
    const word = place.querySelector("[data-word]");
    if (device && word) word.textContent = say(`${device}-${media.problems[device]}`);
  };
  place.querySelector("[data-again]")?.addEventListener("click", () => void media.open());
  media.on("problem", draw);
  media.on("track", draw);
}
