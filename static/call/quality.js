/** How good the connection is (bars and a word), who talks, and what to tell the person when it is not good. */
import { between, sample, score } from "../rtc/stats.js";
import { byId, within } from "./dom.js";
import { say } from "./words.js";

/**
 * @typedef {import("../rtc/session.js").Session} Session
 * @typedef {import("../rtc/stats.js").Sample} Sample
 */

const EVERY = 2000; // ms between two readings
const LISTEN = 250; // ms between two looks at who talks
const LOUD = 0.01; // audio level (0..1) of speech, as RTP reports it
const STEADY = 2; // weak readings in a row before it is said: a hiccup is not news

/** @param {Session} session @param {(id: string, talks: boolean) => void} talks */
export function quality(session, talks) {
  /** @type {Map<string, {sample: Sample, camera: boolean}>} */
  const before = new Map();
  let weak = 0;
  let signaling = true;
  session.on("signaling", (up) => { signaling = up; draw(); });
  session.on("link", draw);
  session.on("left", draw);
  setInterval(read, EVERY);
  setInterval(() => session.peers.forEach((peer, id) => talks(id, loud(peer.connection))), LISTEN);

  async function read() {
    let worst = 4;
    for (const [id, { connection }] of session.peers) {
      if (!connection) continue;
      const now = { sample: await sample(connection), camera: session.people.get(id)?.media.camera ?? false };
      const last = before.get(id);
      before.set(id, now);
      if (!last) continue;
      const seen = between(last.sample, now.sample);
      if (!last.camera || !now.camera) seen.frozen = 0; // a camera that was off did not freeze
      worst = Math.min(worst, score(seen).bars);
    }
    weak = worst <= 2 ? weak + 1 : 0;
    show(worst);
    draw();
  }

  function draw() {
    const lost = [...session.people.values()].find(({ id }) => troubled(session.peers.get(id)?.connection));
    const connected = [...session.peers.values()].some((peer) => peer.connected);
    byId("quality").hidden = byId("private").hidden = !connected;
    if (!signaling && session.standing) notice(say("reconnecting"));
    else if (lost) notice(say("mediaReconnecting", { name: lost.name }));
    else notice(weak >= STEADY ? say("weakNotice") : "");
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

/** One calm line under the faces, or none. @param {string} text */
function notice(text) {
  const place = byId("notice");
  const word = within(place, "[data-word]");
  if (word.textContent !== text) word.textContent = text;
  place.hidden = !text;
}

/** @param {RTCPeerConnection | null | undefined} connection */
const troubled = (connection) => connection?.connectionState === "disconnected" || connection?.connectionState === "failed";

/** @param {RTCPeerConnection | null} connection */
function loud(connection) {
  const source = connection?.getTransceivers()[0]?.receiver.getSynchronizationSources?.()[0];
  return (source?.audioLevel ?? 0) > LOUD;
}
