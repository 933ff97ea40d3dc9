/** What a page reports of its links (`quality` in signaling/PROTOCOL.md): numbers between two samples, and what happened. Pure. */
import { between } from "./stats.js";

/**
 * @typedef {"interrupted" | "ice_restart" | "video_paused" | "video_resumed"} What
 * @typedef {{what: What, peer: string | null, ago: number, lasted: number | null}} Incident `ago` ms since it was over
 * @typedef {{peer: string, rtt: number | null, loss: number, jitter: number | null, frozen: number, concealed: number | null,
 *   path: string | null, bitrate: number | null, firstFrame: number | null}} LinkReport
 * @typedef {Omit<import("./stats.js").Sample, "path"> & {path: {kind: string, transport: string} | null}} Sample the ways that browsers name
 */

const MOST = 16; // incidents in one report; of more the oldest are forgotten
const LONGEST = 60000; // ms that any of the numbers may be
const HOUR = 3600000; // ms that an interruption is told to have lasted at most
const PATHS = new Set(["host-udp", "host-tcp", "srflx-udp", "srflx-tcp", "relay-udp", "relay-tcp", "relay-tls"]);

/** @param {number | null | undefined} value @param {number} most */
const bounded = (value, most) => (typeof value === "number" && Number.isFinite(value) ? Math.min(most, Math.max(0, value)) : null);

/**
 * How a link was between two samples.
 * @param {string} peer @param {Sample} before @param {Sample} after @param {{camera: boolean, firstFrame: number | null}} known
 * @returns {LinkReport}
 */
export function linkReport(peer, before, after, { camera, firstFrame }) {
  const seen = between(/** @type {any} */ (before), /** @type {any} */ (after));
  const sounds = after.totalAudioSamples - before.totalAudioSamples;
  const madeUp = after.concealed - before.concealed;
  return {
    peer,
    rtt: bounded(seen.roundTrip, LONGEST),
    loss: bounded(seen.loss, 1) ?? 0,
    jitter: bounded(after.jitter, LONGEST),
    frozen: camera ? (bounded(seen.frozen, 1) ?? 0) : 0, // a camera that is off does not freeze
    concealed: sounds > 0 ? bounded(madeUp / sounds, 1) : null,
    path: pathOf(after),
    bitrate: whole(bounded(after.sentBitrate, 1e9), 1000),
    firstFrame: bounded(firstFrame, LONGEST),
  };
}

/** @param {number | null} value @param {number} unit */
const whole = (value, unit) => (value === null ? null : Math.round(value / unit));

/** @param {Sample} sample */
function pathOf({ path, relayed }) {
  const word = path ? `${path.kind === "prflx" ? "srflx" : path.kind}-${path.transport}` : relayed ? "relay-udp" : "";
  return PATHS.has(word) ? word : null;
}

/** What happened since the last report. Times in ms are passed in. */
export class Incidents {
  /** @type {{what: What, peer: string | null, at: number, lasted: number | null}[]} */
  #waiting = [];
  /** Links that had a path: null while they have it, else since when they have none. @type {Map<string, number | null>} */
  #lostSince = new Map();

  /** A link moved. @param {string} peer @param {RTCPeerConnectionState} state @param {number} at */
  moved(peer, state, at) {
    const since = this.#lostSince.get(peer);
    if (state === "connected") {
      this.#lostSince.set(peer, null);
      if (typeof since === "number") this.note("interrupted", peer, at, Math.round(Math.min(HOUR, at - since)));
    } else if (since === null) {
      this.#lostSince.set(peer, at);
    }
  }

  /** Nobody is at the other end any more. @param {string} peer */
  gone(peer) {
    this.#lostSince.delete(peer);
  }

  /** @param {What} what @param {string | null} peer @param {number} at @param {number | null} [lasted] ms */
  note(what, peer, at, lasted = null) {
    this.#waiting = [...this.#waiting, { what, peer, at, lasted }].slice(-MOST);
  }

  /** Gives what happened and forgets it. @param {number} now @returns {Incident[]} */
  take(now) {
    const taken = this.#waiting;
    this.#waiting = [];
    return taken.map(({ at, ...incident }) => ({ ...incident, ago: Math.round(Math.min(LONGEST, Math.max(0, now - at))) }));
  }
}
