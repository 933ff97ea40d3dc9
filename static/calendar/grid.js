/** What the server says of a calendar, as the component shows it. No DOM. */

/**
 * @typedef {object} Entry
 * @property {string} id
 * @property {"visit" | "busy" | "hold" | "elsewhere"} kind
 * @property {string[]} columns
 * @property {string} start as the clock on the wall shows it
 * @property {string} end
 * @property {number} minutes
 * @property {string} title
 * @property {string} people who takes part together; empty when one does
 * @property {string} url
 * @property {boolean} movable
 */
/** @typedef {import("@event-calendar/core").Calendar.EventInput & {display?: "auto" | "background", classNames: string[]}} Event */
/** @typedef {{column: string, kind: "open" | "away", start: string, end: string, title: string}} Ground */
/**
 * @typedef {object} Shown
 * @property {string} zone
 * @property {string} offset
 * @property {"day" | "week" | "month"} view
 * @property {string} day
 * @property {[number, number]} hours
 * @property {(0 | 6)[]} hidden
 * @property {number} step
 * @property {{id: string, title: string}[]} columns
 * @property {Entry[]} entries
 * @property {Ground[]} ground
 */

/** @param {Shown} shown */
export function viewOf({ view, columns }) {
  if (view === "month") return "dayGridMonth";
  const days = view === "day" ? "Day" : "Week";
  return columns.length > 1 ? `resourceTimeGrid${days}` : `timeGrid${days}`;
}

/** @param {number} hour */
const clock = (hour) => `${String(hour).padStart(2, "0")}:00`;

/** What the component is told beside the events. @param {Shown} shown */
export function optionsOf(shown) {
  return {
    view: viewOf(shown),
    date: shown.day,
    timeZone: shown.offset,
    resources: shown.columns,
    slotMinTime: clock(shown.hours[0]),
    slotMaxTime: clock(shown.hours[1]),
    hiddenDays: shown.hidden,
    allDaySlot: shown.ground.some(({ kind }) => kind === "away"),
    snapDuration: { minutes: shown.step },
  };
}

/** @param {Shown} shown @returns {Event[]} */
export function eventsOf({ view, entries, ground }) {
  const behind = view === "month" ? ground.filter(({ kind }) => kind === "away") : ground;
  return [...behind.flatMap(groundEvents), ...entries.map(eventOf)];
}

/** @param {Entry} entry @returns {Event} */
export function eventOf(entry) {
  return {
    id: entry.id,
    resourceIds: entry.columns,
    start: entry.start,
    end: entry.end,
    title: entry.title,
    editable: entry.movable,
    classNames: ["in-grid", `of-${entry.kind}`, ...(entry.people ? ["of-joint"] : [])],
    extendedProps: { people: entry.people },
  };
}

/** @param {Ground} one @param {number} number @returns {Event[]} */
function groundEvents({ column, kind, start, end, title }, number) {
  /** @type {Event} */
  const behind = { id: `g${number}`, resourceIds: [column], start, end, title, editable: false, display: "background", classNames: [`of-${kind}`] };
  if (kind === "open") return [behind];
  /** @type {Event} */
  const named = { ...behind, id: `a${number}`, display: "auto", allDay: true, classNames: ["in-grid", "of-away"], extendedProps: { people: "" } };
  return [behind, named];
}
