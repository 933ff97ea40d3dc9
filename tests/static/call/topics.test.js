/** static/call/topics.js: what the page is told to fetch afresh, and when. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { topics } from "../../../static/call/topics.js";
import { Emitter } from "../../../static/rtc/emitter.js";

/** @returns {{session: Emitter<{changed: string, signaling: boolean}>, fetched: string[]}} */
function opened() {
  const session = /** @type {Emitter<{changed: string, signaling: boolean}>} */ (new Emitter());
  const page = new EventTarget();
  /** @type {string[]} */
  const fetched = [];
  for (const topic of ["waiting", "visit", "invite"]) page.addEventListener(`curbside:${topic}`, () => fetched.push(topic));
  topics(session, page);
  return { session, fetched };
}

test("what the room says has changed is fetched afresh", () => {
  const { session, fetched } = opened();
  session.emit("changed", "invite");
  assert.deepEqual(fetched, ["invite"]);
});

test("a page that comes into the room asks for what may have changed before it could hear of it", () => {
  const { session, fetched } = opened();
  session.emit("signaling", true);
  assert.deepEqual(fetched, ["waiting", "visit"]);
});

test("a page that loses its line asks for nothing until it is back", () => {
  const { session, fetched } = opened();
  session.emit("signaling", false);
  assert.deepEqual(fetched, []);
});
