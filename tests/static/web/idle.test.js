/** When a page warns, locks and reports, without a page. */
import assert from "node:assert/strict";
import { test } from "node:test";

import { begun, next, step } from "../../../static/web/idle.js";

const TIMES = { idle: 1800_000, warn: 60_000, report: 60_000 };
const START = 1_000_000_000;

/** @param {...(import("../../../static/web/idle.js").Event & {after: number})} events `after`: ms since the start */
function play(...events) {
  let state = begun(START, TIMES.idle, TIMES);
  /** @type {[number, string[]][]} */
  const done = [];
  for (const { after, ...event } of events) {
    const [then, effects] = step(state, event, START + after, TIMES);
    state = then;
    if (effects.length) done.push([after, effects]);
  }
  return { state, done };
}

test("nobody there for long: first a warning, a minute later it locks", () => {
  const { state, done } = play({ type: "tick", after: 1739_999 }, { type: "tick", after: 1740_000 }, { type: "tick", after: 1800_000 });
  assert.deepEqual(done, [
    [1740_000, ["warn"]],
    [1800_000, ["calm", "lock"]],
  ]);
  assert.equal(state.phase, "locked");
});

test("whoever works is never warned", () => {
  const { done } = play(...Array.from({ length: 200 }, (_, n) => ({ type: /** @type {const} */ ("activity"), after: n * 30_000 })));
  assert.ok(done.every(([, effects]) => effects.every((effect) => effect === "report")));
});

test("the server hears of somebody at most once a minute, and of the last time too", () => {
  const { done, state } = play(
    { type: "activity", after: 10_000 },
    { type: "activity", after: 59_000 },
    { type: "activity", after: 60_000 },
    { type: "activity", after: 61_000 },
    { type: "tick", after: 119_000 },
    { type: "tick", after: 120_000 },
    { type: "tick", after: 200_000 },
  );
  assert.deepEqual(done, [
    [60_000, ["report"]],
    [120_000, ["report"]],
  ]);
  assert.ok(state.last <= state.reported);
});

test("no activity, no report", () => {
  assert.deepEqual(play({ type: "tick", after: 600_000 }).done, []);
});

test("a nudge of the mouse does not answer the warning, its button does", () => {
  const nudged = play({ type: "tick", after: 1740_000 }, { type: "activity", after: 1750_000 }, { type: "tick", after: 1800_000 });
  assert.deepEqual(nudged.done.at(-1), [1800_000, ["calm", "lock"]]);
  const stayed = play({ type: "tick", after: 1740_000 }, { type: "stay", after: 1750_000 }, { type: "tick", after: 1810_000 });
  assert.deepEqual(stayed.done.slice(1), [[1750_000, ["calm", "report"]]]);
  assert.equal(stayed.state.phase, "open");
});

test("a machine that slept through its time is locked, whatever wakes it", () => {
  for (const type of /** @type {const} */ (["activity", "stay", "tick"])) {
    assert.deepEqual(play({ type, after: 1800_000 }).done, [[1800_000, ["lock"]]]);
  }
});

test("work in another page of the browser counts, and takes the warning away", () => {
  const { state, done } = play({ type: "tick", after: 1740_000 }, { type: "heard", at: START + 1745_000, after: 1746_000 });
  assert.deepEqual(done.at(-1), [1746_000, ["calm"]]);
  assert.equal(state.last, START + 1745_000);
});

test("what another page saw earlier, or claims to see in the future, changes nothing", () => {
  assert.equal(play({ type: "heard", at: START - 5, after: 1000 }).state.last, START);
  assert.equal(play({ type: "heard", at: START + 9_999_999, after: 1000 }).state.last, START);
});

test("the server may lock at any time, once", () => {
  const { done } = play({ type: "lock", after: 5000 }, { type: "lock", after: 6000 });
  assert.deepEqual(done, [[5000, ["lock"]]]);
});

test("a locked page opens by nothing but proof", () => {
  const { state } = play({ type: "lock", after: 1 }, { type: "activity", after: 2 }, { type: "stay", after: 3 }, { type: "heard", at: START + 3, after: 4 }, { type: "tick", after: 5 });
  assert.equal(state.phase, "locked");
  assert.equal(next(state, TIMES), null);
});

test("once proved, the time begins anew", () => {
  const { state, done } = play({ type: "lock", after: 1 }, { type: "unlock", after: 9000 }, { type: "tick", after: 1748_000 });
  assert.deepEqual(done.slice(1), [[9000, ["unlock"]]]);
  assert.equal(state.phase, "open");
  assert.deepEqual(play({ type: "unlock", after: 9000 }).done, [], "an open page has nothing to uncover");
});

test("it looks again when the next thing is due", () => {
  const fresh = begun(START, TIMES.idle, TIMES);
  assert.equal(next(fresh, TIMES), START + 1740_000);
  assert.equal(next(play({ type: "activity", after: 10_000 }).state, TIMES), START + 60_000, "the report of it");
  assert.equal(next(play({ type: "tick", after: 1740_000 }).state, TIMES), START + 1800_000);
});

test("a page that loads late knows that less is left", () => {
  assert.equal(next(begun(START, 100_000, TIMES), TIMES), START + 40_000);
});
