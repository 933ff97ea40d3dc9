/** static/rtc/backoff.js: soon at first, never long, never all at once; and how long one may take. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { backoff, patience } from "../../../static/rtc/backoff.js";

test("the first retry comes within 250 ms", () => {
  assert.ok(backoff(0, 1) <= 250);
});

test("no wait is longer than 2 s, however long the server is away", () => {
  for (let attempt = 0; attempt < 5000; attempt += 7) assert.ok(backoff(attempt, 1) <= 2000);
});

test("waits grow", () => {
  const waits = [0, 1, 2, 3].map((attempt) => backoff(attempt, 0.5));
  assert.deepEqual(waits, [...waits].sort((a, b) => a - b));
  assert.ok(waits[3] > waits[0]);
});

test("chance spreads a clinic's pages over at least half of the wait", () => {
  assert.equal(backoff(10, 0), 1000);
  assert.equal(backoff(10, 1), 2000);
});

test("the first attempt may take 8 s, each one after a late one twice as long, none longer than 32 s", () => {
  assert.deepEqual([0, 1, 2, 3, 1000].map(patience), [8000, 16_000, 32_000, 32_000, 32_000]);
});
