/** When to fetch newer relay passwords: well before the old ones expire, and soon again when that failed. Pure. */

const SHARE = 0.75; // of their life
const LONGEST = 2 ** 31 - 1; // ms: timers of browsers overflow beyond
const AGAIN = 60_000; // ms

/** @param {number | undefined} lifetime seconds that the passwords live; 0 when there are none @returns {number | null} ms from now, null for never */
export function renewIn(lifetime) {
  return lifetime ? Math.min(LONGEST, Math.max(AGAIN / 2, lifetime * 1000 * SHARE)) : null;
}

/** ms after which a renewal that failed is tried again. */
export const RENEW_AGAIN = AGAIN;
