/** static/call/states.js: what is said about the connection, and how calmly. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { quiet, settle, wanted } from "../../../static/call/states.js";

const fine = { name: "Dr. R. Okafor", broken: false, paused: false, still: false, weak: false };
/** @param {boolean} up @param {...Partial<typeof fine>} links */
const says = (up, ...links) => wanted({ up, links: links.map((link) => ({ ...fine, ...link })) });
/** @param {[number, string | null][]} script what the facts ask for from these ms on @param {number} until ms @returns {[number, string | null][]} what is shown from when on */
function play(script, until) {
  let shown = quiet();
  /** @type {[number, string | null][]} */
  const seen = [];
  for (let now = 0; now <= until; now += 100) {
    const key = script.filter(([at]) => at <= now).at(-1)?.[1] ?? null;
    const next = settle(shown, key ? { key, name: "" } : null, now);
    if (next.line?.key !== shown.line?.key) seen.push([now, next.line?.key ?? null]);
    shown = next;
  }
  return seen;
}

test("a call that works says nothing", () => {
  assert.deepEqual([says(true), says(true, {}), says(true, {}, {})], [null, null, null]);
});

test("each trouble has its sentence, the worst first", () => {
  assert.equal(says(false, { broken: true })?.key, "reconnectingAll");
  assert.equal(says(false, {})?.key, "reconnecting");
  assert.deepEqual(says(true, { broken: true, weak: true }), { key: "otherReconnecting", name: "Dr. R. Okafor" });
  assert.equal(says(true, { paused: true, still: true })?.key, "videoPaused");
  assert.deepEqual(says(true, { still: true, weak: true }), { key: "otherPaused", name: "Dr. R. Okafor" });
  assert.equal(says(true, { weak: true })?.key, "weakNotice");
});

test("of three people the one who is away is named, and when all are gone it is this side", () => {
  assert.deepEqual(says(true, {}, { name: "Dr. L. Chen", broken: true }), { key: "otherReconnecting", name: "Dr. L. Chen" });
  assert.equal(says(true, { broken: true }, { broken: true })?.key, "reconnectingAll");
});

test("what is back within a second was never said", () => {
  assert.deepEqual(play([[0, "reconnecting"], [900, null]], 5000), []);
});

test("a longer loss is said after a second, and so is its end, which goes away by itself", () => {
  assert.deepEqual(play([[0, "reconnecting"], [4000, null]], 9000), [[1000, "reconnecting"], [4000, "back"], [6000, null]]);
});

test("a sentence stays long enough to be read", () => {
  assert.deepEqual(play([[0, "reconnecting"], [1200, null]], 9000), [[1000, "reconnecting"], [3000, "back"], [5000, null]]);
});

test("facts that flap do not make the line flicker", () => {
  const flaps = Array.from({ length: 40 }, (_, at) => /** @type {[number, string | null]} */ ([at * 300, at % 2 ? null : "weakNotice"]));
  assert.ok(play(flaps, 12_000).length <= 6);
});

test("a new trouble after the first is said without a false all-clear between", () => {
  assert.deepEqual(play([[0, "reconnecting"], [5000, "videoPaused"]], 7000), [[1000, "reconnecting"], [5000, "videoPaused"]]);
});
