/** static/lobby/calm.js: pages hear of presence later than it changes, not all at once, and never not at all. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Calm, EACH, MOST } from "../../../static/lobby/calm.js";

/** @param {number} [people] */
function page(people = 10) {
  const waits = /** @type {{work: () => void, ms: number}[]} */ ([]);
  const seen = { hidden: false, told: 0 };
  const calm = new Calm(() => seen.told++, {
    people: () => people, hidden: () => seen.hidden, later: (work, ms) => waits.push({ work, ms }), random: () => 0.5,
  });
  const pass = () => waits.splice(0).forEach(({ work }) => work());
  return { calm, seen, waits, pass };
}

test("whatever is heard during the wait is told once, and what comes later again", () => {
  const { calm, seen, pass } = page();
  for (let i = 0; i < 3; i++) calm.hear();
  assert.equal(seen.told, 0);
  pass();
  assert.equal(seen.told, 1);
  calm.hear();
  pass();
  assert.equal(seen.told, 2);
});

test("the more colleagues there are the longer a page may wait, up to an end", () => {
  for (const [people, longest] of [[0, 0], [10, 10 * EACH], [100000, MOST]]) {
    const { calm, waits } = page(people);
    calm.hear();
    assert.equal(waits[0].ms, longest / 2);
  }
});

test("a page that nobody looks at hears of it when somebody does", () => {
  const { calm, seen, pass } = page();
  seen.hidden = true;
  calm.hear();
  pass();
  calm.looked();
  assert.equal(seen.told, 0);
  seen.hidden = false;
  calm.looked();
  calm.looked();
  assert.equal(seen.told, 1);
});
