/** Sends what may be sent twice until the server answers, for a few seconds: a line that is away is often back by then. Pure. */

export const PAUSES = [1000, 3000]; // ms before it is sent for the second and the third time

/**
 * The first answer, or null when there was none each time. A server that starts anew (5xx) is none either.
 * @template {{status: number}} T
 * @param {() => Promise<T>} send
 * @param {() => void} waits called when it has to be sent once more
 * @param {(ms: number) => Promise<unknown>} pause
 * @returns {Promise<T | null>}
 */
export async function persist(send, waits, pause) {
  for (const ms of [...PAUSES, null]) {
    const answer = await send().catch(() => null);
    if (answer && answer.status < 500) return answer;
    if (ms === null) break;
    waits();
    await pause(ms);
  }
  return null;
}
