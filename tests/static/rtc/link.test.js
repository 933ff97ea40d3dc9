/** static/rtc/link.js against the playbooks that signaling/link.py obeys too. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { instanceOf, newLink, polite, step } from "../../../static/rtc/link.js";
import { golden, goldenNames } from "../golden.js";

/** @param {import("../../../static/rtc/link.js").Link} link */
const told = (link) => ({ signaling: link.signaling, polite: polite(link), instance: instanceOf(link), remote: link.remote, makingOffer: link.makingOffer });

for (const name of goldenNames("link/")) {
  const { why, initial, steps, final } = golden(`link/${name}`);
  test(`${name.replace(".json", "")}: ${why}`, () => {
    let link = newLink(initial.self, initial.peer, initial.seed);
    for (const { event, effects } of steps) {
      const [after, done] = step(link, event);
      assert.deepEqual(done, effects, JSON.stringify(event));
      link = after;
    }
    assert.deepEqual(told(link), final);
  });
}

test("no more than 64 candidates are held for a description that never comes", () => {
  let [link] = step(newLink("bert", "anna", "b"), { type: "open" });
  for (let i = 0; i < 200; i++) [link] = step(link, { type: "candidate", instance: "a.1", candidate: { candidate: `c${i}` } });
  assert.equal(link.held.length, 64);
  assert.equal(link.held[63][1]?.candidate, "c199");
});
