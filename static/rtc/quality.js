/** Reports to the server how the links are, every five seconds while there are any. What cannot be told now is dropped, incidents wait. */
import { Incidents, linkReport } from "./report.js";

/**
 * @typedef {import("./session.js").Session} Session
 * @typedef {import("./tuning.js").Tuning} Tuning
 * @typedef {import("./report.js").Sample} Sample
 * @typedef {import("./report.js").What} What
 */

const EVERY = 5000; // ms; the server drops what comes faster
const MOST = 8; // links in one report

/**
 * Begins to report. `note` tells of what only others know: a paused video, a search for another path.
 * @param {Session} session
 * @param {Tuning} tuning measures the links; nothing is measured twice
 * @returns {{note: (what: What, peer?: string | null) => void}}
 */
export function reporting(session, tuning) {
  const incidents = new Incidents();
  /** The sample of the report before, and the newest one. @type {Map<string, {connection: RTCPeerConnection, sample: Sample}>} */
  const before = new Map();
  /** @type {Map<string, Sample>} */
  const newest = new Map();
  /** Not told yet. @type {Map<string, number>} */
  const firstFrames = new Map();
  let reached = false;
  session.on("signaling", (up) => { reached = up; });
  session.on("link", ({ id, state }) => incidents.moved(id, state, performance.now()));
  session.on("left", ({ id }) => { incidents.gone(id); before.delete(id); newest.delete(id); firstFrames.delete(id); });
  session.on("first-frame", ({ peer, ms }) => firstFrames.set(peer, ms));
  tuning.on("read", ({ id, sample }) => newest.set(id, sample));
  setInterval(report, EVERY);
  return { note: (what, peer = null) => incidents.note(what, peer, performance.now()) };

  function report() {
    const links = [...session.peers.keys()].slice(0, MOST).map(measure).filter((link) => link !== null);
    if (!reached || session.standing !== "admitted" || !session.peers.size) return;
    const body = { links, incidents: incidents.take(performance.now()) };
    if (links.length || body.incidents.length) session.socket.send({ type: "quality", body });
    for (const { peer } of links) firstFrames.delete(peer);
  }

  /** How one link was since the report before; null the first time, and while it has no path. @param {string} id */
  function measure(id) {
    const connection = session.peers.get(id)?.connection;
    const now = newest.get(id);
    if (!connection || !now || connection.connectionState !== "connected") return null;
    const last = before.get(id)?.connection === connection ? before.get(id)?.sample : undefined;
    before.set(id, { connection, sample: now });
    const known = { camera: session.people.get(id)?.media.camera ?? false, firstFrame: firstFrames.get(id) ?? null };
    return last && last.at < now.at ? linkReport(id, last, now, known) : null;
  }
}
