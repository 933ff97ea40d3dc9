/** The grid over the list: shows the calendar, lets a visit be moved by hand and by keyboard, and asks before it does. */
import { createCalendar, DayGrid, Interaction, ResourceTimeGrid, TimeGrid } from "../vendor/event-calendar.js";
import { confirmed } from "./confirm.js";
import { eventOf, eventsOf, optionsOf } from "./grid.js";
import { begin, clockOf, isMoved, later, pressed, shifted, spoken, spokenTime, stretched } from "./moves.js";
import { language, say } from "./words.js";

/** @typedef {import("./grid.js").Entry} Entry */
/** @typedef {import("./moves.js").Move} Move */

const section = /** @type {HTMLElement} */ (document.getElementById("grid"));
const place = /** @type {HTMLElement} */ (document.getElementById("calendar"));
const status = /** @type {HTMLElement} */ (document.getElementById("moved-status"));
/** @type {import("./grid.js").Shown} */
let shown = await fetched();
/** @type {Move | null} */
let moving = null;
let column = 0; // which of a joint visit's places has the focus
let awaited = ""; // the event that the focus is on its way to

section.hidden = false;
if (section.offsetParent) document.getElementById("list")?.removeAttribute("open"); // a phone shows the list alone

const calendar = createCalendar(place, [DayGrid, Interaction, ResourceTimeGrid, TimeGrid], {
  ...optionsOf(shown),
  events: eventsOf(shown),
  locale: language === "es" ? "es-US" : "en-US",
  headerToolbar: { start: "", center: "", end: "" },
  nowIndicator: true,
  slotHeight: 40,
  views: { timeGridWeek: { dayHeaderFormat: dayName }, resourceTimeGridWeek: { dayHeaderFormat: dayName } },
  slotLabelFormat: { hour: "numeric" },
  allDayContent: say("all_day"),
  eventClick: ({ event }) => open(String(event.id)),
  eventDrop: (info) => void drawn(String(info.event.id), (move) => shifted(move, minutesOf(info.delta))),
  eventResize: (info) => void drawn(String(info.event.id), (move) => stretched(move, minutesOf(info.endDelta))),
  dragConstraint: (info) => !info.newResource || info.newResource.id === info.oldResource?.id,
  eventDidMount: ({ el, event }) => mounted(el, String(event.id)),
  eventContent: ({ event }) => content(event),
});
plain();
document.addEventListener("keydown", key, { capture: true });
document.body.addEventListener("curbside:today", () => {
  if (!moving) void again();
});

/** The component calls its grid a table, which it is none: the table is the list. */
function plain() {
  for (const one of place.querySelectorAll("[role=table], [role=rowgroup], [role=row], [role=cell], [role=columnheader]")) {
    one.removeAttribute("role");
    one.removeAttribute("aria-colindex");
  }
}

/** @returns {Promise<any>} */
async function fetched() {
  const answer = await fetch(section.dataset.from ?? "", { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`calendar: ${answer.status}`); // the list stays as it is
  return answer.json();
}

async function again() {
  shown = await fetched().catch(() => shown);
  calendar.setOption("events", eventsOf(shown));
  setTimeout(plain);
}

/** @param {string} id */
function entryOf(id) {
  return shown.entries.find((entry) => entry.id === id);
}

/** @param {string} id */
function open(id) {
  const url = entryOf(id)?.url;
  if (url) location.assign(url);
}

/** Only what leads somewhere is a button. @param {HTMLElement} el @param {string} id */
function mounted(el, id) {
  const entry = entryOf(id);
  el.dataset.entry = id;
  if (entry?.movable) el.setAttribute("aria-describedby", "grid-help");
  if (entry?.url) return;
  el.removeAttribute("tabindex");
  el.removeAttribute("role");
}

/**
 * One line with when and who, one for the rest, which a short visit has no room for, and what only who hears it needs.
 * @param {any} event
 */
function content(event) {
  if (event.display === "background") return "";
  const people = event.extendedProps.people && say("joint", { people: event.extendedProps.people });
  if (event.allDay) return { domNodes: [part("b", event.title)] };
  const [start, end] = [wallOf(event.start), wallOf(event.end)];
  const whole = part("span", ` ${spoken(start, language)} – ${spokenTime(end, language)}`);
  whole.className = "vh";
  const nodes = [part("b", `${clockOf(start, language)} ${event.title}`), ...(people ? [part("span", ` ${people}`)] : []), whole];
  return { domNodes: nodes };
}

/** @param {string} name @param {string} words */
function part(name, words) {
  const made = document.createElement(name);
  made.textContent = words;
  return made;
}

/** Names a day of the week's head: Tue 24. @param {Date} date */
function dayName(date) {
  return `${date.toLocaleDateString(language, { weekday: "short" })} ${date.getDate()}`;
}

/** What the component's clock shows. @param {Date} date */
function wallOf(date) {
  const two = (/** @type {number} */ part) => String(part).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}T${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** @param {any} span */
function minutesOf(span) {
  return Math.round(((span?.days ?? 0) * 86_400 + (span?.seconds ?? 0)) / 60);
}

/** @param {KeyboardEvent} event */
function key(event) {
  const at = /** @type {HTMLElement | null} */ (/** @type {Element} */ (event.target).closest("[data-entry]"));
  // an event that is drawn anew is another element: what is pressed on the way there is meant for it
  const entry = entryOf(at ? (at.dataset.entry ?? "") : event.target === document.body ? (moving?.id ?? awaited) : "");
  if (!entry) return;
  if (at) column = [...places(entry.id)].indexOf(at);
  if (moving && event.key === "Escape") return stop(event, undo);
  if (moving && event.key === "Enter") return stop(event, () => void finish());
  if (!event.key.startsWith("Arrow")) return;
  if (!entry.movable) return stop(event, () => tell(say("fixed")));
  if (moving?.id !== entry.id) undo();
  const next = pressed(moving ?? begin(entry), { key: event.key, shift: event.shiftKey, view: shown.view });
  if (next) stop(event, () => show(next));
}

/** @param {Event} event @param {() => unknown} then */
function stop(event, then) {
  event.preventDefault();
  event.stopPropagation();
  then();
}

/** @param {Move} next */
function show(next) {
  moving = next;
  draw(next);
  const from = spoken(next.start, language);
  tell(say("moving", { name: next.name, from, until: spokenTime(later(next.start, next.minutes), language) }));
}

/** Puts an event where a move has it. @param {Move} move */
function draw(move) {
  const entry = entryOf(move.id);
  if (!entry) return;
  const moved = { ...entry, start: move.start, end: later(move.start, move.minutes) };
  calendar.updateEvent(eventOf(moved));
  comeBack(move.id);
}

/** @param {string} id */
function places(id) {
  return place.querySelectorAll(`[data-entry="${CSS.escape(id)}"]`);
}

/** Goes back to an event, which may be another element soon. @param {string} id */
function comeBack(id) {
  awaited = id;
  setTimeout(() => {
    awaited = "";
    const found = places(id);
    /** @type {HTMLElement | undefined} */ (found[column] ?? found[0])?.focus();
  });
}

function undo() {
  if (!moving) return;
  draw({ ...moving, ...moving.was });
  moving = null;
  tell(say("undone"));
}

/** Somebody let go of an event. @param {string} id @param {(move: Move) => Move} change */
async function drawn(id, change) {
  const entry = entryOf(id);
  if (!entry) return;
  moving = change(begin(entry));
  await finish();
}

async function finish() {
  const move = moving;
  if (!move || !isMoved(move)) return undo();
  const moved = await confirmed(move, shown.zone);
  if (!moved) return undo();
  moving = null;
  await again();
  comeBack(move.id);
  tell(say("kept", moved));
}

/** @param {string} words */
function tell(words) {
  status.textContent = words;
}
