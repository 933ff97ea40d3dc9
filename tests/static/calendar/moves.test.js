import assert from "node:assert/strict";
import { test } from "node:test";

import { begin, between, clockOf, isMoved, later, pressed, shifted, spoken, spokenTime, stretched } from "../../../static/calendar/moves.js";

const visit = begin({ id: "v", title: "Maria", start: "2026-11-24T09:30", minutes: 20 });
const key = (/** @type {string} */ name, shift = false, view = "week") => ({ key: name, shift, view });

test("a clock goes on over midnight, the month and the year", () => {
  assert.equal(later("2026-12-31T23:50", 20), "2027-01-01T00:10");
  assert.equal(later("2026-03-01T00:05", -10), "2026-02-28T23:55");
});

test("the clock on the wall does not know of clock changes: the server says what moment is meant", () => {
  assert.equal(later("2026-03-08T01:45", 30), "2026-03-08T02:15");
  assert.equal(between("2026-11-01T00:30", "2026-11-01T03:30"), 180);
});

test("arrows move by a quarter of an hour and by a day, in a month by days and weeks", () => {
  assert.equal(pressed(visit, key("ArrowDown"))?.start, "2026-11-24T09:45");
  assert.equal(pressed(visit, key("ArrowUp"))?.start, "2026-11-24T09:15");
  assert.equal(pressed(visit, key("ArrowRight"))?.start, "2026-11-25T09:30");
  assert.equal(pressed(visit, key("ArrowLeft", false, "month"))?.start, "2026-11-23T09:30");
  assert.equal(pressed(visit, key("ArrowDown", false, "month"))?.start, "2026-12-01T09:30");
});

test("with Shift up and down change the length, within what a visit may take", () => {
  assert.equal(pressed(visit, key("ArrowDown", true))?.minutes, 25);
  assert.equal(pressed(visit, key("ArrowUp", true))?.minutes, 15);
  assert.equal(stretched({ ...visit, minutes: 5 }, -5).minutes, 5);
  assert.equal(stretched({ ...visit, minutes: 480 }, 5).minutes, 480);
});

test("other keys mean nothing here", () => {
  for (const other of [key("a"), key("Tab"), key("ArrowLeft", true), key("ArrowDown", true, "month")]) assert.equal(pressed(visit, other), null);
});

test("there and back again is not moved", () => {
  assert.ok(isMoved(shifted(visit, 15)));
  assert.ok(!isMoved(shifted(shifted(visit, 15), -15)));
  assert.ok(isMoved(stretched(visit, 5)));
});

test("times are said as people of the language do, whatever zone the browser is in", () => {
  assert.equal(spoken("2026-11-24T09:30", "en"), "Tue, Nov 24, 9:30 AM");
  assert.match(spoken("2026-11-24T09:30", "es"), /24/);
  assert.match(spokenTime("2026-11-24T13:05", "en"), /^1:05.PM$/);
  for (const language of ["en", "es"]) assert.equal(clockOf("2026-11-24T13:05", language), "1:05");
});
