/** How long to wait before the next attempt to reach the server, and for it to succeed. Pure. */

const FIRST = 200; // ms: a restarted server is back in moments, and a person is waiting
const LONGEST = 2000; // ms: so that a call is whole again within 3 s of the server answering

/**
 * Delay in ms before retry number `attempt` (0 is the first), doubling, with jitter so that a whole clinic does not come
 * back in the same instant. Never above 250 ms for the first, never above 2 s.
 * @param {number} attempt
 * @param {number} chance between 0 and 1
 */
export function backoff(attempt, chance) {
  const ceiling = Math.min(LONGEST, FIRST * 2 ** Math.min(attempt, 10));
  return Math.round(ceiling * (0.5 + chance / 2));
}

const PATIENCE = 8000; // ms for a connection to open and be welcomed, when the server answered in time before
const LONGEST_PATIENCE = 32_000;

/**
 * How long the next attempt may take, in ms, after `late` ones that were given up. Each gets twice as long: where a server
 * is busy, to ask again and again for what it is about to give keeps it from giving it to anybody.
 * @param {number} late
 */
export function patience(late) {
  return Math.min(LONGEST_PATIENCE, PATIENCE * 2 ** Math.min(late, 10));
}
