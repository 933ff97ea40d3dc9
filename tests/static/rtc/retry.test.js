/** static/rtc/retry.js: how often a lost device is asked for. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { nextTry, tried } from "../../../static/rtc/retry.js";

test("the waits grow, and after the fourth attempt within a minute there is none", () => {
  /** @type {number[]} */
  let tries = [];
  const waits = Array.from({ length: 5 }, (_, at) => {
    const wait = nextTry(tries, at * 1000);
    tries = tried(tries, at * 1000);
    return wait;
  });
  assert.deepEqual(waits, [0, 1000, 3000, 10_000, null]);
});

test("a minute later it is as if nothing had been tried", () => {
  assert.equal(nextTry([0, 1, 2, 3], 60_003), 0);
});
