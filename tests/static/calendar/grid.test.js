import assert from "node:assert/strict";
import { test } from "node:test";

import { eventsOf, optionsOf, viewOf } from "../../../static/calendar/grid.js";

/** @type {import("../../../static/calendar/grid.js").Shown} */
const WEEK = {
  zone: "America/Denver",
  offset: "-07:00",
  view: "week",
  day: "2026-11-24",
  hours: [8, 18],
  hidden: [0, 6],
  step: 5,
  columns: [{ id: "a", title: "Dr. Rose Okafor" }],
  entries: [
    { id: "v", kind: "visit", columns: ["a", "b"], start: "2026-11-24T09:00", end: "2026-11-24T09:20", minutes: 20, title: "Maria Alvarez", people: "Dr. Okafor, Dr. Brandt", url: "/visits/v", movable: true },
    { id: "n1", kind: "busy", columns: ["a"], start: "2026-11-24T10:00", end: "2026-11-24T10:20", minutes: 20, title: "Busy", people: "", url: "", movable: false },
  ],
  ground: [
    { column: "a", kind: "open", start: "2026-11-24T09:00", end: "2026-11-24T17:00", title: "" },
    { column: "a", kind: "away", start: "2026-11-26T00:00", end: "2026-11-27T00:00", title: "Thanksgiving" },
  ],
};
const shown = (/** @type {Partial<typeof WEEK>} */ changes) => ({ ...WEEK, ...changes });

test("several people have columns, one has days", () => {
  assert.equal(viewOf(WEEK), "timeGridWeek");
  const both = [...WEEK.columns, { id: "b", title: "Dr. Lena Brandt" }];
  assert.equal(viewOf(shown({ columns: both, view: "day" })), "resourceTimeGridDay");
  assert.equal(viewOf(shown({ columns: both, view: "month" })), "dayGridMonth");
});

test("only the hours and days that are used are shown", () => {
  const options = optionsOf(WEEK);
  assert.deepEqual([options.slotMinTime, options.slotMaxTime, options.hiddenDays], ["08:00", "18:00", [0, 6]]);
});

test("a joint visit is one event in each column, and only what may be moved can be dragged", () => {
  const [, , , joint, busy] = eventsOf(WEEK);
  assert.deepEqual([joint.resourceIds, joint.editable, joint.classNames], [["a", "b"], true, ["in-grid", "of-visit", "of-joint"]]);
  assert.equal(busy.editable, false);
});

test("a day away is hatched and named, open hours lie behind", () => {
  const [open, away, named] = eventsOf(WEEK);
  assert.deepEqual([open.display, away.display, named.display], ["background", "background", "auto"]);
  assert.equal(named.title, "Thanksgiving");
  assert.ok(optionsOf(WEEK).allDaySlot);
  assert.ok(!optionsOf(shown({ ground: [] })).allDaySlot);
});

test("a month shows no hours", () => {
  const month = eventsOf(shown({ view: "month" }));
  assert.ok(!month.some(({ classNames }) => classNames.includes("of-open")));
});
