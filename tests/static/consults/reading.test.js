/** A page is read while it is seen and somebody is there; the server hears of it at once and then once a minute. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { BEAT, PRESENT, isDue, opened } from "../../../static/consults/reading.js";

const NOW = 1_000_000;

test("an opened page is told at once, then once a minute", () => {
  const state = opened(NOW);
  assert.equal(isDue(state, NOW), true);
  state.told = NOW;
  assert.equal(isDue(state, NOW + BEAT - 1), false);
  assert.equal(isDue(state, NOW + BEAT), true);
});

test("a page that nobody sees is not read", () => {
  assert.equal(isDue({ ...opened(NOW), seen: false }, NOW), false);
});

test("a page at which nobody does anything is not read for long", () => {
  assert.equal(isDue(opened(NOW), NOW + PRESENT), false);
  assert.equal(isDue({ ...opened(NOW), active: NOW + PRESENT }, NOW + PRESENT), true);
});
