import assert from "node:assert/strict";
import { test } from "node:test";

import { recall } from "../../../static/call/memory.js";

/** @param {string} means @param {string | null} [kept] */
function wanted(means, kept = null) {
  const media = { wanted: { microphone: true, camera: true }, picked: { microphone: "", camera: "" } };
  recall(media, "key", means, { getItem: () => kept });
  return media.wanted;
}

test("a talk opens what it was asked to be held by and nothing else", () => {
  assert.deepEqual(wanted("video"), { microphone: true, camera: true });
  assert.deepEqual(wanted("audio"), { microphone: true, camera: false });
  assert.deepEqual(wanted("chat"), { microphone: false, camera: false });
  assert.deepEqual(wanted(""), { microphone: true, camera: true });
});

test("what somebody switched on since stays on after a refresh", () => {
  assert.deepEqual(wanted("audio", JSON.stringify({ wanted: { camera: true } })), { microphone: true, camera: true });
});
