/** static/rtc/chatlog.js: one conversation out of what was typed, echoed and fetched. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { mark, merge, unsent } from "../../../static/rtc/chatlog.js";

/** @param {string} id @param {Partial<import("../../../static/rtc/chatlog.js").Said>} [rest] */
const said = (id, rest = {}) => ({ id, from: "alvarez", name: "M. Alvarez", text: id, at: /** @type {string | null} */ ("2026-11-24T17:00:00Z"), state: /** @type {const} */ ("delivered"), ...rest });
/** @param {readonly {id: string}[]} log */
const ids = (log) => log.map(({ id }) => id);

test("a message that is fetched and echoed is one message", () => {
  assert.deepEqual(ids(merge([said("a")], [said("a"), said("b")])), ["a", "b"]);
});

test("the same id from two people is two messages", () => {
  assert.equal(merge([said("a")], [said("a", { from: "okafor" })]).length, 2);
});

test("the server's echo turns sending into delivered", () => {
  const [only] = merge([said("a", { at: null, state: "sending" })], [said("a")]);
  assert.equal(only.state, "delivered");
  assert.equal(only.at, "2026-11-24T17:00:00Z");
});

test("what is delivered never goes back to sending", () => {
  assert.equal(merge([said("a")], [said("a", { at: null, state: "sending" })])[0].state, "delivered");
  assert.equal(mark([said("a")], "a", "failed")[0].state, "delivered");
});

test("messages stand in order of time, those on their way last", () => {
  const log = merge([said("mine", { at: null, state: "sending" })], [said("late", { at: "2026-11-24T17:05:00Z" }), said("early", { at: "2026-11-24T09:59:00-07:00" })]);
  assert.deepEqual(ids(log), ["early", "late", "mine"]);
});

test("two messages typed offline keep their order", () => {
  const first = merge([], [said("first", { at: null, state: "sending" })]);
  assert.deepEqual(ids(merge(first, [said("second", { at: null, state: "sending" })])), ["first", "second"]);
});

test("only what is still sending is sent again; a failed one waits for the person", () => {
  const log = mark([said("a", { at: null, state: "sending" }), said("b", { at: null, state: "sending" })], "a", "failed");
  assert.deepEqual(ids(unsent(log)), ["b"]);
  assert.deepEqual(ids(unsent(mark(log, "a", "sending"))), ["a", "b"]);
});
