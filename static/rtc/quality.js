/** Reports to the server how the links are, every five seconds while there are any. What cannot be told now is dropped, incidents wait. */
import { Incidents, linkReport } from "./report.js";
import { sample } from "./stats.js";

/**
 * @typedef {import("./session.js").Session} Session
 * @typedef {import("./report.js").Sample} Sample
 * @typedef {import("./report.js").What} What
 */

const EVERY = 5000; // ms; the server drops what comes faster
const MOST = 8; // links in one report

/**
 * Begins to report. `note` tells of what only others know: a paused video, a search for another path.
 * @param {Session} session
 * @returns {{note: (what: What, peer?: string | null) => void}}
 */
export function reporting(session) {
  const incidents = new Incidents();
  /** @type {Map<string, {connection: RTCPeerConnection, sample: Sample}>} */
  const before = new Map();
  /** Not told yet. @type {Map<string, number>} */
  const firstFrames = new Map();
  let reached = false;
  session.on("signaling", (up) => { reached = up; });
  session.on("link", ({ id, state }) => incidents.moved(id, state, performance.now()));
  session.on("left", ({ id }) => { incidents.gone(id); before.delete(id); firstFrames.delete(id); });
  /** @type {import("./emitter.js").Emitter<any>} */ (session).on("first-frame", ({ peer, ms }) => firstFrames.set(peer, ms));
  setInterval(() => void report(), EVERY);
  return { note: (what, peer = null) => incidents.note(what, peer, performance.now()) };

  async function report() {
    const links = (await Promise.all([...session.peers.keys()].slice(0, MOST).map(measure))).filter((link) => link !== null);
    if (!reached || session.standing !== "admitted" || !session.peers.size) return;
    const body = { links, incidents: incidents.take(performance.now()) };
    if (links.length || body.incidents.length) session.socket.send({ type: "quality", body });
    for (const { peer } of links) firstFrames.delete(peer);
  }

  /** How one link was since the report before; null the first time. @param {string} id */
  async function measure(id) {
    const connection = session.peers.get(id)?.connection;
    if (!connection || connection.connectionState !== "connected") return null;
    const last = before.get(id)?.connection === connection ? before.get(id)?.sample : undefined;
    const now = /** @type {Sample} */ (await /** @type {any} */ (sample)(connection, last ?? null));
    before.set(id, { connection, sample: now });
    const known = { camera: session.people.get(id)?.media.camera ?? false, firstFrame: firstFrames.get(id) ?? null };
    return last ? linkReport(id, last, now, known) : null;
  }
}
