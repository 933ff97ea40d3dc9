/** static/rtc/moments.js: a device that slept is told by the time that is missing. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { slept } from "../../../static/rtc/moments.js";

test("a late timer is no sleep, missing seconds are", () => {
  assert.deepEqual([1000, 4900, 5100].map((now) => slept(0, now, false)), [false, false, true]);
});

test("a hidden page whose clock ticks once a minute has not slept", () => {
  assert.deepEqual([60_000, 67_000].map((now) => slept(0, now, true)), [false, true]);
});
