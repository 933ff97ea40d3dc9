/** static/rtc/path.js: when another path is looked for, and when not. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { newPath, step } from "../../../static/rtc/path.js";

/**
 * Plays events at their times, ticks included, and tells what was done when.
 * @param {[number, import("../../../static/rtc/path.js").PathEvent][]} script @param {number} until ms
 */
function play(script, until) {
  let path = newPath();
  /** @type {[number, string][]} */
  const done = [];
  let tick = Infinity;
  const queue = [...script];
  for (;;) {
    const next = Math.min(queue[0]?.[0] ?? Infinity, tick);
    if (next > until || next === Infinity) return done;
    const event = queue[0]?.[0] === next ? /** @type {any} */ (queue.shift())[1] : { type: "tick" };
    const { path: after, act, wake } = step(path, event, next);
    path = after;
    if (act) done.push([next, act]);
    tick = wake === null ? Infinity : next + wake;
  }
}
/** @param {RTCPeerConnectionState} state */
const state = (state) => ({ type: /** @type {const} */ ("state"), state });
const of = (/** @type {"reached" | "unreached" | "moved" | "asked"} */ type) => ({ type });
const up = /** @type {[number, any][]} */ ([[0, state("connecting")], [100, state("connected")]]);

test("a hiccup of half a second is left to mend itself", () => {
  assert.deepEqual(play([...up, [20_000, state("disconnected")], [20_500, state("connected")]], 60_000), []);
});

test("a path that stays disconnected is sought anew after 600 ms, a failed one at once", () => {
  assert.deepEqual(play([...up, [20_000, state("disconnected")], [20_700, state("connected")]], 60_000), [[20_600, "restart"]]);
  assert.deepEqual(play([...up, [20_000, state("failed")], [20_100, state("connected")]], 60_000), [[20_000, "restart"]]);
});

test("another network restarts even a path that still looks well, once", () => {
  assert.deepEqual(play([...up, [20_000, of("moved")], [20_010, of("moved")]], 21_900), [[20_000, "restart"]]);
});

test("attempts grow rarer, every fourth makes the connection anew, and after an hour they are few", () => {
  const done = play([...up, [10_000, state("failed")]], 3_610_000);
  assert.deepEqual(done.slice(0, 6), [[10_000, "restart"], [12_000, "restart"], [16_000, "restart"], [24_000, "rebuild"], [40_000, "restart"], [72_000, "restart"]]);
  assert.ok(done.length < 66, `${done.length}`);
});

test("without the server nothing is tried, and the moment it is back the first attempt is made", () => {
  assert.deepEqual(play([...up, [20_000, of("unreached")], [20_100, state("disconnected")], [26_000, of("reached")], [26_100, state("connected")]], 60_000), [[26_000, "restart"]]);
});

test("coming back to the server leaves a path alone that works", () => {
  assert.deepEqual(play([...up, [20_000, of("unreached")], [21_000, of("reached")]], 60_000), []);
});

test("a network that changed while the server was away is seen to when it is back", () => {
  assert.deepEqual(play([...up, [20_000, of("unreached")], [21_000, of("moved")], [22_000, of("reached")]], 23_000), [[22_000, "restart"]]);
});

test("when the other side asks first, this side lets it, and asks itself only if that leads nowhere", () => {
  const script = /** @type {[number, any][]} */ ([...up, [20_000, state("disconnected")], [20_300, of("asked")]]);
  assert.deepEqual(play([...script, [20_500, state("connected")]], 60_000), []);
  assert.deepEqual(play(script, 22_500), [[22_300, "restart"]]);
});

test("a path that flaps is not restarted faster than the gaps allow", () => {
  const flaps = Array.from({ length: 20 }, (_, at) => /** @type {[number, any]} */ ([10_000 + at * 1000, state(at % 2 ? "connected" : "failed")]));
  assert.ok(play([...up, ...flaps], 30_000).length <= 4);
});

test("a new path that does not come up is sought again; the first connection gets the same patience", () => {
  assert.deepEqual(play([[0, state("connecting")]], 6500), [[6000, "restart"]]);
});

test("a closed connection wants nothing", () => {
  assert.deepEqual(play([...up, [5000, state("closed")], [6000, of("moved")], [7000, of("reached")]], 60_000), []);
});
