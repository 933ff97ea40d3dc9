/**
 * When a page without anybody in front of it warns, locks, and says to the server that somebody is there. Pure: state and
 * event and the time to new state and what is to be done. Knows no page and no server.
 *
 * The page and the server count the same way: `last` is never later than what the server was told, or is about to be told.
 */

/**
 * @typedef {{idle: number, warn: number, report: number}} Times all in ms: until it locks, how long before that it warns,
 *   and the least between two reports
 * @typedef {"open" | "warned" | "locked"} Phase
 * @typedef {{phase: Phase, last: number, reported: number}} State `last`: when somebody was there; `reported`: up to when
 *   the server knows
 * @typedef {{type: "activity"} | {type: "stay"} | {type: "tick"} | {type: "lock"} | {type: "unlock"} | {type: "heard", at: number}} Event
 *   `heard` is what another page of this browser saw
 * @typedef {"report" | "warn" | "calm" | "lock" | "unlock"} Effect
 */

/** @param {number} now @param {number} left ms until the server locks @param {Times} times @returns {State} */
export function begun(now, left, times) {
  const last = now - times.idle + left;
  return { phase: "open", last, reported: last };
}

/** @param {State} state @param {Event} event @param {number} now @param {Times} times @returns {[State, Effect[]]} */
export function step(state, event, now, times) {
  if (event.type === "unlock") return [{ phase: "open", last: now, reported: now }, state.phase === "locked" ? ["unlock"] : []];
  if (state.phase === "locked") return [state, []];
  if (event.type === "lock") return locked(state);
  if (event.type === "heard") return looked(heard(state, event.at, now), now, times);
  // a machine that slept wakes with a movement of the mouse: that does not undo the time that has passed
  if (now >= state.last + times.idle) return locked(state);
  if (event.type === "stay" || (event.type === "activity" && state.phase === "open")) return looked({ ...state, last: now }, now, times);
  return looked(state, now, times);
}

/** When to look next. @param {State} state @param {Times} times @returns {number | null} */
export function next(state, times) {
  if (state.phase === "locked") return null;
  const due = state.last + times.idle - (state.phase === "open" ? times.warn : 0);
  return state.last > state.reported ? Math.min(due, state.reported + times.report) : due;
}

/** @param {State} state @returns {[State, Effect[]]} */
function locked(state) {
  return [{ ...state, phase: "locked" }, state.phase === "warned" ? ["calm", "lock"] : ["lock"]];
}

/** @param {State} state @param {number} at @param {number} now @returns {State} what another page saw it reports itself */
function heard(state, at, now) {
  return at > state.last && at <= now ? { ...state, last: at, reported: at } : state;
}

/** @param {State} state @param {number} now @param {Times} times @returns {[State, Effect[]]} */
function looked(state, now, times) {
  if (now >= state.last + times.idle) return locked(state);
  /** @type {Effect[]} */
  const effects = [];
  const warned = now >= state.last + times.idle - times.warn;
  if (warned && state.phase === "open") effects.push("warn");
  if (!warned && state.phase === "warned") effects.push("calm");
  const due = state.last > state.reported && now >= state.reported + times.report;
  if (due) effects.push("report");
  return [{ phase: warned ? "warned" : "open", last: state.last, reported: due ? now : state.reported }, effects];
}
