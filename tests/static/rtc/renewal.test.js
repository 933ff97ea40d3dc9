/** static/rtc/renewal.js: when newer relay passwords are fetched. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { renewIn } from "../../../static/rtc/renewal.js";

test("they are fetched after three quarters of their life, and never where there are none", () => {
  assert.deepEqual([renewIn(14_400), renewIn(0), renewIn(undefined)], [10_800_000, null, null]);
});

test("neither a life of seconds nor one of years upsets a timer", () => {
  assert.equal(renewIn(1), 30_000);
  assert.equal(renewIn(1e9), 2 ** 31 - 1);
});
