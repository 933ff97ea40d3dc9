/** static/call/clock.js and the initials of static/call/dom.js: small words on the page. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { lasted } from "../../../static/call/clock.js";
import { initials } from "../../../static/call/dom.js";

test("a visit's time is minutes and seconds, past an hour too", () => {
  assert.deepEqual([0, 522_400, 3_723_000].map(lasted), ["00:00", "08:42", "62:03"]);
});

test("initials leave titles out and cope with one name or none", () => {
  assert.deepEqual(["Dr. R. Okafor", "Maria de la Cruz Alvarez", "Cher", ""].map(initials), ["RO", "MA", "C", ""]);
});
