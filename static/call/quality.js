/** How good the connection is, in bars and a word, and who talks. */
import { between, score } from "../rtc/stats.js";
import { byId, within } from "./dom.js";
import { say } from "./words.js";

/**
 * @typedef {import("../rtc/session.js").Session} Session
 * @typedef {import("../rtc/tuning.js").Tuning} Tuning
 */

const LISTEN = 70; // ms between two looks at who talks: less than a syllable
const LINGER = 500; // ms: between two words somebody still talks
const LOUD = 0.01; // audio level (0..1) of speech, as RTP reports it

/** @param {Session} session @param {Tuning} tuning @param {(id: string, talks: boolean) => void} talks */
export function quality(session, tuning, talks) {
  /** @type {Map<string, {bars: number, camera: boolean}>} */
  const seen = new Map();
  /** @type {Map<string, number>} */
  const heard = new Map();
  tuning.on("read", ({ id, before, sample }) => {
    const camera = session.people.get(id)?.media.camera ?? false;
    const changes = before && between(before, sample);
    if (changes && !(camera && seen.get(id)?.camera)) changes.frozen = 0; // a camera that was off did not freeze
    seen.set(id, { bars: changes ? score(changes).bars : seen.get(id)?.bars ?? 4, camera });
    draw();
  });
  session.on("link", draw);
  session.on("left", ({ id }) => {
    seen.delete(id);
    heard.delete(id);
    draw();
  });
  setInterval(() => session.peers.forEach((peer, id) => listen(id, peer.connection)), LISTEN);

  /** @param {string} id @param {RTCPeerConnection | null} connection */
  function listen(id, connection) {
    const now = performance.now();
    if (loud(connection)) heard.set(id, now);
    talks(id, now - (heard.get(id) ?? -LINGER) < LINGER);
  }

  function draw() {
    const connected = [...session.peers.values()].some((peer) => peer.connected);
    byId("quality").hidden = byId("private").hidden = !connected;
    if (seen.size) show(Math.min(...[...seen.values()].map(({ bars }) => bars)));
  }
}

/** @param {number} bars */
function show(bars) {
  const badge = byId("quality");
  const word = /** @type {const} */ (["lost", "weak", "fair", "good"])[bars - 1];
  within(badge, ".signal").dataset.bars = String(bars);
  within(badge, "[data-word]").textContent = say(word);
  badge.classList.toggle("ok", bars >= 3);
  badge.classList.toggle("warn", bars < 3);
}

/** @param {RTCPeerConnection | null} connection */
function loud(connection) {
  const source = connection?.getTransceivers()[0]?.receiver.getSynchronizationSources?.()[0];
  return (source?.audioLevel ?? 0) > LOUD;
}
