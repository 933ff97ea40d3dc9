/** static/visit/check.js and waiting.js: which sentence tells what works. */
import assert from "node:assert/strict";
import { test } from "node:test";

// the modules read the page's words when they load; here the page has none
Object.assign(globalThis, { document: { getElementById: () => null } });
const { titleOf } = await import("../../../static/visit/check.js");
const { works } = await import("../../../static/visit/waiting.js");

test("the check first asks, and then says what it found", () => {
  assert.equal(titleOf(false, false, false), "checkAsking");
  assert.deepEqual([titleOf(true, true, true), titleOf(true, true, false), titleOf(true, false, true)], ["checkGood", "checkSound", "checkPicture"]);
});

test("somebody without any device is told that they can still join", () => {
  assert.equal(titleOf(true, false, false), "checkNothing");
});

test("the waiting room says what works, not what was hoped for", () => {
  const both = [true, false].flatMap((microphone) => [true, false].map((camera) => works({ microphone, camera })));
  assert.deepEqual(both, ["bothWork", "onlySound", "onlyPicture", "nothing"]);
});
