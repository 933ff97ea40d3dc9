/** static/call/given.js: the ticket of an Accept opens its own call, once, while it is fresh. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { FRESH, give, given } from "../../../static/call/given.js";

const CALL = "/visits/1/call";
const ANSWER = /** @type {import("../../../static/rtc/socket.js").TicketAnswer} */ (/** @type {unknown} */ ({ ticket: "t" }));

function tab() {
  const kept = /** @type {Map<string, string>} */ (new Map());
  return {
    getItem: (/** @type {string} */ key) => kept.get(key) ?? null,
    setItem: (/** @type {string} */ key, /** @type {string} */ value) => void kept.set(key, value),
    removeItem: (/** @type {string} */ key) => void kept.delete(key),
  };
}

test("a ticket is given once", () => {
  const storage = tab();
  give(CALL, ANSWER, storage, 0);
  assert.deepEqual(given(CALL, storage, 1), ANSWER);
  assert.equal(given(CALL, storage, 2), null);
});

test("another call, or the same one later, gets none and leaves none behind", () => {
  for (const [call, at] of /** @type {[string, number][]} */ ([["/visits/2/call", 1], [CALL, FRESH]])) {
    const storage = tab();
    give(CALL, ANSWER, storage, 0);
    assert.equal(given(call, storage, at), null);
    assert.equal(given(CALL, storage, 1), null);
  }
});

test("without one there is none", () => {
  assert.equal(given(CALL, tab(), 0), null);
});
