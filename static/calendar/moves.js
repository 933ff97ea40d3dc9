/**
 * Pure: where a visit is moved to, step by step. Times are what the clock on the wall shows, like `2026-11-24T09:30`, in
 * the calendar's zone: what moment that is, the server says.
 */

/**
 * @typedef {object} Move
 * @property {string} id
 * @property {string} name whose visit it is
 * @property {string} start
 * @property {number} minutes
 * @property {{start: string, minutes: number}} was
 */

export const SHORTEST = 5;
export const LONGEST = 480;
const STEP = 15; // minutes up and down
const STRETCH = 5; // minutes longer and shorter
const DAY = 24 * 60;

/** The same clock some minutes later. @param {string} wall @param {number} minutes */
export function later(wall, minutes) {
  return new Date(Date.parse(`${wall}Z`) + minutes * 60_000).toISOString().slice(0, 16);
}

/** How many minutes the clock shows from one time to another. @param {string} from @param {string} until */
export function between(from, until) {
  return Math.round((Date.parse(`${until}Z`) - Date.parse(`${from}Z`)) / 60_000);
}

/** @param {{id: string, title: string, start: string, minutes: number}} entry @returns {Move} */
export function begin({ id, title, start, minutes }) {
  return { id, name: title, start, minutes, was: { start, minutes } };
}

/** @param {Move} move */
export function isMoved(move) {
  return move.start !== move.was.start || move.minutes !== move.was.minutes;
}

/** @param {Move} move @param {number} minutes @returns {Move} */
export function shifted(move, minutes) {
  return { ...move, start: later(move.start, minutes) };
}

/** @param {Move} move @param {number} minutes @returns {Move} */
export function stretched(move, minutes) {
  return { ...move, minutes: Math.min(Math.max(move.minutes + minutes, SHORTEST), LONGEST) };
}

/** @type {Record<string, number>} */
const BY_TIME = { ArrowUp: -STEP, ArrowDown: STEP, ArrowLeft: -DAY, ArrowRight: DAY };
/** @type {Record<string, number>} */
const BY_DAY = { ArrowUp: -7 * DAY, ArrowDown: 7 * DAY, ArrowLeft: -DAY, ArrowRight: DAY };

/**
 * The move after a key; null when the key means nothing here.
 * @param {Move} move @param {{key: string, shift: boolean, view: string}} pressed @returns {Move | null}
 */
export function pressed(move, { key, shift, view }) {
  if (shift && view !== "month") {
    return key === "ArrowUp" || key === "ArrowDown" ? stretched(move, key === "ArrowDown" ? STRETCH : -STRETCH) : null;
  }
  const minutes = (view === "month" ? BY_DAY : BY_TIME)[key];
  return minutes === undefined || shift ? null : shifted(move, minutes);
}

/** Says a time as people of a language do: Tue, Nov 24, 9:30 AM. @param {string} wall @param {string} language */
export function spoken(wall, language) {
  const local = language === "es" ? "es-US" : "en-US";
  return new Intl.DateTimeFormat(local, { timeZone: "UTC", weekday: "short", month: "short", day: "numeric", hour: "numeric", minute: "2-digit" }).format(new Date(`${wall}Z`));
}

/** The time of day alone. @param {string} wall @param {string} language */
export function spokenTime(wall, language) {
  const local = language === "es" ? "es-US" : "en-US";
  return new Intl.DateTimeFormat(local, { timeZone: "UTC", hour: "numeric", minute: "2-digit" }).format(new Date(`${wall}Z`));
}

/** What a clock shows, without the half of the day: 9:30. @param {string} wall @param {string} language */
export function clockOf(wall, language) {
  return spokenTime(wall, language).replace(/\s*[ap]\.?\s?m\.?$/i, "");
}
