/** static/rtc/stats.js: from counters to bars and a word. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { between, fold, nothing, score } from "../../../static/rtc/stats.js";

/** @param {Partial<Parameters<typeof score>[0]>} seen */
const bars = (seen) => score({ loss: 0, roundTrip: 40, frozen: 0, ...seen }).bars;
const start = nothing(0);

test("a clean connection has four bars and is good", () => {
  assert.deepEqual(score({ loss: 0, roundTrip: 40, frozen: 0 }), { bars: 4, word: "good" });
});

test("each of loss, delay and freezing lowers the bars at its own limits", () => {
  assert.deepEqual([0.03, 0.031, 0.1, 0.11, 0.36].map((loss) => bars({ loss })), [4, 3, 3, 2, 1]);
  assert.deepEqual([300, 301, 601].map((roundTrip) => bars({ roundTrip })), [4, 3, 2]);
  assert.deepEqual([0.1, 0.2, 0.5].map((frozen) => bars({ frozen })), [4, 3, 2]);
});

test("an unknown round trip does not count against the connection", () => {
  assert.equal(bars({ roundTrip: null }), 4);
});

test("loss is what was lost of what was sent since the last reading", () => {
  const seen = between({ ...start, received: 900, lost: 100 }, { ...start, at: 2000, received: 990, lost: 110, frozen: 1 });
  assert.equal(seen.loss, 0.1);
  assert.equal(seen.frozen, 0.5);
});

test("counters that start again count as nothing, not as less than nothing", () => {
  assert.deepEqual(between({ ...start, received: 900, lost: 100 }, { ...start, at: 2000, received: 10 }), { loss: 0, roundTrip: null, frozen: 0 });
});

test("a report is summed over what comes in, and takes the round trip of the pair in use", () => {
  const sample = fold([
    { type: "inbound-rtp", kind: "audio", mid: "0", packetsReceived: 10, packetsLost: 1, jitter: 0.004, concealedSamples: 50, silentConcealedSamples: 20, totalSamplesReceived: 960 },
    { type: "inbound-rtp", packetsReceived: 20, packetsLost: -1, framesDecoded: 7, totalFreezesDuration: 0.5 },
    { type: "outbound-rtp", packetsSent: 99, bytesSent: 5000 },
    { type: "remote-inbound-rtp", fractionLost: 0.02, roundTripTime: 0.4 },
    { type: "remote-inbound-rtp", fractionLost: 0.08 },
    { type: "candidate-pair", nominated: true, state: "succeeded", currentRoundTripTime: 0.05, availableOutgoingBitrate: 9e5, localCandidateId: "l1" },
    { type: "candidate-pair", nominated: false, state: "waiting", currentRoundTripTime: 9 },
    { type: "local-candidate", id: "l1", candidateType: "relay", protocol: "udp", relayProtocol: "tcp" },
  ], 5);
  assert.deepEqual(sample, {
    at: 5, received: 30, lost: 1, roundTrip: 50, jitter: 4, frames: 7, frozen: 0.5, concealed: 30, totalAudioSamples: 960,
    relayed: true, path: { kind: "relay", transport: "tcp" }, sent: 5000, sentBitrate: null, sentLoss: 0.08, availableOutgoing: 9e5,
  });
});

test("a shared page that stands still is not a frozen picture", () => {
  const sample = fold([{ type: "inbound-rtp", mid: "1", totalFreezesDuration: 1 }, { type: "inbound-rtp", mid: "2", totalFreezesDuration: 60 }], 0);
  assert.equal(sample.frozen, 1);
});

test("of several pairs that work the one the transport has chosen counts", () => {
  const pair = (/** @type {string} */ id, /** @type {number} */ seconds) => ({ type: "candidate-pair", id, nominated: true, state: "succeeded", currentRoundTripTime: seconds });
  const sample = fold([{ type: "transport", selectedCandidatePairId: "new" }, pair("new", 0.02), pair("old", 9)], 0);
  assert.equal(sample.roundTrip, 20);
});

test("what is sent is told per second between two samples, and not for a connection that began anew", () => {
  const sent = (/** @type {number} */ bytesSent) => [{ type: "outbound-rtp", bytesSent }];
  const first = fold(sent(10_000), 1000);
  assert.equal(fold(sent(35_000), 3000, first).sentBitrate, 100_000);
  assert.equal(fold(sent(500), 3000, first).sentBitrate, null);
});
