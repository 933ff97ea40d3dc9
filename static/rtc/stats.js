/** The state of a connection in four bars, from RTCPeerConnection.getStats (webrtc-stats). Only `sample` reads anything. */

/**
 * @typedef {object} Sample counters since the connection began, and the current round trip
 * @property {number} at ms
 * @property {number} received packets
 * @property {number} lost packets
 * @property {number | null} roundTrip ms
 * @property {number} frames decoded
 * @property {number} frozen seconds of frozen picture
 * @property {boolean} relayed through a TURN server
 *
 * @typedef {object} Quality
 * @property {1 | 2 | 3 | 4} bars
 * @property {"good" | "fair" | "weak" | "lost"} word
 */

const CAMERA = "1"; // the m-line of faces

/** @type {Record<number, Quality["word"]>} */
const WORDS = { 4: "good", 3: "fair", 2: "weak", 1: "lost" };

/**
 * The worse of loss and delay decides: 3 % of lost packets or 300 ms are heard, 10 % or 600 ms hurt.
 * @param {{loss: number, roundTrip: number | null, frozen: number}} seen loss as a fraction, roundTrip in ms, frozen as a fraction of the time
 * @returns {Quality}
 */
export function score({ loss, roundTrip, frozen }) {
  const delay = roundTrip ?? 0;
  let bars = 4;
  if (loss > 0.03 || delay > 300 || frozen > 0.1) bars = 3;
  if (loss > 0.1 || delay > 600 || frozen > 0.35) bars = 2;
  if (loss > 0.35) bars = 1;
  return { bars: /** @type {Quality["bars"]} */ (bars), word: WORDS[bars] };
}

/**
 * What happened between two samples. Counters that ran backwards (a new connection) count as nothing.
 * @param {Sample} before
 * @param {Sample} after
 */
export function between(before, after) {
  const lost = Math.max(0, after.lost - before.lost);
  const total = Math.max(0, after.received - before.received) + lost;
  const seconds = Math.max(0.001, (after.at - before.at) / 1000);
  return { loss: total ? lost / total : 0, roundTrip: after.roundTrip, frozen: Math.max(0, after.frozen - before.frozen) / seconds };
}

/**
 * Folds a getStats report into one sample. Pure.
 * @param {Iterable<any>} report the entries of an RTCStatsReport
 * @param {number} at ms
 * @returns {Sample}
 */
export function fold(report, at) {
  /** @type {Sample} */
  const sample = { at, received: 0, lost: 0, roundTrip: null, frames: 0, frozen: 0, relayed: false };
  const entries = [...report];
  for (const entry of entries) {
    if (entry.type === "inbound-rtp") addInbound(sample, entry);
    if (entry.type === "candidate-pair" && entry.nominated && entry.state === "succeeded") addPair(sample, entry, entries);
  }
  return sample;
}

/** @param {Sample} sample @param {any} inbound */
function addInbound(sample, inbound) {
  sample.received += inbound.packetsReceived ?? 0;
  sample.lost += Math.max(0, inbound.packetsLost ?? 0);
  sample.frames += inbound.framesDecoded ?? 0;
  if ((inbound.mid ?? CAMERA) === CAMERA) sample.frozen += inbound.totalFreezesDuration ?? 0; // a shared page stands still by nature
}

/** @param {Sample} sample @param {any} pair @param {any[]} entries */
function addPair(sample, pair, entries) {
  if (typeof pair.currentRoundTripTime === "number") sample.roundTrip = pair.currentRoundTripTime * 1000;
  sample.relayed = entries.some((entry) => entry.id === pair.localCandidateId && entry.candidateType === "relay");
}

/** @param {RTCPeerConnection} connection */
export async function sample(connection) {
  const report = await connection.getStats();
  return fold(/** @type {any} */ (report).values(), performance.now());
}
