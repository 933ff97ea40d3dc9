/** static/rtc/report.js: numbers within the bounds of the protocol, and what happened between two reports. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Incidents, linkReport } from "../../../static/rtc/report.js";
import { nothing } from "../../../static/rtc/stats.js";
import { golden } from "../golden.js";

const start = nothing(0);
const later = { ...start, at: 5000, received: 90, lost: 10, roundTrip: 48.5, frozen: 1 };
const known = { camera: true, firstFrame: null };

test("a report has exactly the fields of the protocol", () => {
  const [link] = golden("protocol/client.json").quality.body.links;
  assert.deepEqual(Object.keys(linkReport("okafor", start, later, known)).sort(), Object.keys(link).sort());
});

test("numbers are those between two samples", () => {
  const seen = linkReport("okafor", start, later, known);
  assert.deepEqual([seen.loss, seen.rtt, seen.frozen], [0.1, 48.5, 0.2]);
});

test("what a browser does not know is null", () => {
  const { jitter, concealed, path, bitrate, firstFrame } = linkReport("okafor", start, later, known);
  assert.deepEqual([jitter, concealed, path, bitrate, firstFrame], [null, null, null, null, null]);
});

test("sound that was made up, the path and the rate are told where they are known", () => {
  const more = { jitter: 6, concealed: 40, totalAudioSamples: 1000, path: { kind: "prflx", transport: "udp" }, sentBitrate: 1180400 };
  const seen = linkReport("okafor", start, { ...later, ...more }, { ...known, firstFrame: 412 });
  assert.deepEqual([seen.jitter, seen.concealed, seen.path, seen.bitrate, seen.firstFrame], [6, 0.04, "srflx-udp", 1180, 412]);
});

test("a path that the protocol has no word for is not known, and a relay of which no more is known is one", () => {
  assert.equal(linkReport("okafor", start, { ...later, path: { kind: "host", transport: "quic" } }, known).path, null);
  assert.equal(linkReport("okafor", start, { ...later, relayed: true }, known).path, "relay-udp");
});

test("no number leaves its bounds", () => {
  const seen = linkReport("okafor", start, { ...later, roundTrip: 1e9, frozen: 99, jitter: NaN }, known);
  assert.deepEqual([seen.rtt, seen.frozen, seen.jitter], [60000, 1, null]);
});

test("a camera that is off does not freeze", () => {
  assert.equal(linkReport("okafor", start, later, { ...known, camera: false }).frozen, 0);
});

test("a link that had a path and has it again was interrupted in between", () => {
  const incidents = new Incidents();
  incidents.moved("okafor", "connecting", 0);
  incidents.moved("okafor", "connected", 100);
  incidents.moved("okafor", "disconnected", 1000);
  incidents.moved("okafor", "failed", 2000);
  assert.deepEqual(incidents.take(2000), []);
  incidents.moved("okafor", "connected", 2400);
  assert.deepEqual(incidents.take(5000), [{ what: "interrupted", peer: "okafor", lasted: 1400, ago: 2600 }]);
  assert.deepEqual(incidents.take(5000), []);
});

test("a link that ended was not interrupted", () => {
  const incidents = new Incidents();
  incidents.moved("okafor", "connected", 0);
  incidents.moved("okafor", "disconnected", 1000);
  incidents.gone("okafor");
  incidents.moved("okafor", "connected", 9000);
  assert.deepEqual(incidents.take(9000), []);
});

test("of more than a report takes the oldest are forgotten, and what is long ago is a minute ago", () => {
  const incidents = new Incidents();
  for (let at = 0; at < 20; at++) incidents.note("ice_restart", null, at);
  const taken = incidents.take(100000);
  assert.equal(taken.length, 16);
  assert.deepEqual(taken[0], { what: "ice_restart", peer: null, lasted: null, ago: 60000 });
});
