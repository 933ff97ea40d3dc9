/** The state of a connection in four bars, from RTCPeerConnection.getStats (webrtc-stats). Only `sample` reads anything. */

/**
 * @typedef {object} Sample counters since the connection began, and what is so at present
 * @property {number} at ms
 * @property {number} received packets
 * @property {number} lost packets
 * @property {number | null} roundTrip ms
 * @property {number | null} jitter ms, of the sound that comes in
 * @property {number} frames decoded, of the camera
 * @property {number} frozen seconds of frozen picture
 * @property {number} concealed samples of sound that were made up, silence not counted
 * @property {number} totalAudioSamples
 * @property {boolean} relayed through a TURN server
 * @property {{kind: "host" | "srflx" | "prflx" | "relay", transport: "udp" | "tcp" | "tls"} | null} path this side's end of the pair in use
 * @property {number} sent bytes
 * @property {number | null} sentBitrate bit/s since the sample before
 * @property {number | null} sentLoss fraction of what we send that the other side has lost lately
 * @property {number | null} availableOutgoing bit/s, as the browser estimates it
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

/** @returns {Sample} before anything is known @param {number} at ms */
export function nothing(at) {
  return {
    at, received: 0, lost: 0, roundTrip: null, jitter: null, frames: 0, frozen: 0, concealed: 0, totalAudioSamples: 0,
    relayed: false, path: null, sent: 0, sentBitrate: null, sentLoss: null, availableOutgoing: null,
  };
}

/**
 * Folds a getStats report into one sample. Pure.
 * @param {Iterable<any>} report the entries of an RTCStatsReport
 * @param {number} at ms
 * @param {Sample | null} [before] the sample before, of the same connection
 * @returns {Sample}
 */
export function fold(report, at, before = null) {
  const sample = nothing(at);
  const entries = [...report];
  const chosen = entries.find(({ type, selectedCandidatePairId }) => type === "transport" && selectedCandidatePairId)?.selectedCandidatePairId;
  for (const entry of entries) {
    if (entry.type === "inbound-rtp") addInbound(sample, entry);
    if (entry.type === "outbound-rtp") sample.sent += entry.bytesSent ?? 0;
    if (entry.type === "remote-inbound-rtp") addRemote(sample, entry);
    if (entry.type === "candidate-pair" && (chosen ? entry.id === chosen : entry.nominated && entry.state === "succeeded")) addPair(sample, entry, entries);
  }
  if (before && at > before.at && sample.sent >= before.sent) sample.sentBitrate = ((sample.sent - before.sent) * 8000) / (at - before.at);
  return sample;
}

/** @param {Sample} sample @param {any} inbound */
function addInbound(sample, inbound) {
  sample.received += inbound.packetsReceived ?? 0;
  sample.lost += Math.max(0, inbound.packetsLost ?? 0);
  if (inbound.kind === "audio") addSound(sample, inbound);
  if ((inbound.mid ?? CAMERA) !== CAMERA) return; // a shared page stands still by nature
  sample.frames += inbound.framesDecoded ?? 0;
  sample.frozen += inbound.totalFreezesDuration ?? 0;
}

/** @param {Sample} sample @param {any} inbound */
function addSound(sample, inbound) {
  if (typeof inbound.jitter === "number") sample.jitter = inbound.jitter * 1000;
  sample.concealed += Math.max(0, (inbound.concealedSamples ?? 0) - (inbound.silentConcealedSamples ?? 0));
  sample.totalAudioSamples += inbound.totalSamplesReceived ?? 0;
}

/** The worst of our streams, as the other side reports it. @param {Sample} sample @param {any} remote */
function addRemote(sample, remote) {
  if (typeof remote.fractionLost === "number") sample.sentLoss = Math.max(sample.sentLoss ?? 0, remote.fractionLost);
  if (typeof remote.roundTripTime === "number") sample.roundTrip ??= remote.roundTripTime * 1000;
}

/** @param {Sample} sample @param {any} pair @param {any[]} entries */
function addPair(sample, pair, entries) {
  if (typeof pair.currentRoundTripTime === "number") sample.roundTrip = pair.currentRoundTripTime * 1000;
  if (typeof pair.availableOutgoingBitrate === "number") sample.availableOutgoing = pair.availableOutgoingBitrate;
  const local = entries.find((entry) => entry.id === pair.localCandidateId);
  if (!local) return;
  sample.relayed = local.candidateType === "relay";
  sample.path = { kind: local.candidateType, transport: local.relayProtocol ?? local.protocol ?? "udp" };
}

/** @param {RTCPeerConnection} connection @param {Sample | null} [before] the sample before, of the same connection */
export async function sample(connection, before = null) {
  const report = await connection.getStats();
  return fold(/** @type {any} */ (report).values(), performance.now(), before);
}
