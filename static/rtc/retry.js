/** When a device that was lost is asked for again: at once, then ever later, then no more until the person taps. Pure. */

const WAITS = [0, 1000, 3000, 10_000]; // ms before each attempt
const WINDOW = 60_000; // ms after which an attempt is forgotten: a camera may be lost again tomorrow

/** ms until the next attempt, null when there were enough. @param {readonly number[]} tries ms at which there were attempts @param {number} now */
export function nextTry(tries, now) {
  return WAITS[recent(tries, now).length] ?? null;
}

/** The attempts, with one made now. @param {readonly number[]} tries @param {number} now */
export const tried = (tries, now) => [...recent(tries, now), now];

/** @param {readonly number[]} tries @param {number} now */
const recent = (tries, now) => tries.filter((at) => now - at < WINDOW);
