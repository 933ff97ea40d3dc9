/** static/consults/countdown.js: the seconds of a ring in words. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { clockOf } from "../../../static/consults/countdown.js";

test("what is left is minutes and seconds", () => {
  assert.deepEqual([0, 22, 60, 605].map(clockOf), ["0:00", "0:22", "1:00", "10:05"]);
});
