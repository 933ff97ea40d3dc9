/** static/rtc/meter.js: loudness on a scale that ears agree with. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { loudness } from "../../../static/rtc/meter.js";

/** @param {number} amplitude */
const tone = (amplitude) => Float32Array.from({ length: 1024 }, (_, i) => amplitude * Math.sin(i / 8));

test("silence, and no samples at all, show nothing", () => {
  assert.equal(loudness(new Float32Array(1024)), 0);
  assert.equal(loudness([]), 0);
});

test("a full tone fills the meter and never overflows it", () => {
  assert.equal(loudness(tone(1)), 1);
});

test("speech at arm's length is seen, louder speech is seen more", () => {
  assert.ok(loudness(tone(0.03)) > 0.25);
  assert.ok(loudness(tone(0.1)) > loudness(tone(0.03)));
});
