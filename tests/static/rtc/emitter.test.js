/** static/rtc/emitter.js */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Emitter } from "../../../static/rtc/emitter.js";

test("everyone who listens hears it, until they stop", () => {
  /** @type {Emitter<{said: string}>} */
  const emitter = new Emitter();
  /** @type {string[]} */
  const heard = [];
  const stop = emitter.on("said", (text) => heard.push(`a ${text}`));
  emitter.on("said", (text) => heard.push(`b ${text}`));
  emitter.emit("said", "one");
  stop();
  emitter.emit("said", "two");
  assert.deepEqual(heard, ["a one", "b one", "b two"]);
});

test("a listener that stops while it is told does not make the next one miss it", () => {
  /** @type {Emitter<{said: string}>} */
  const emitter = new Emitter();
  let second = 0;
  const stop = emitter.on("said", () => stop());
  emitter.on("said", () => second++);
  emitter.emit("said", "one");
  assert.equal(second, 1);
});
