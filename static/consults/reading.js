/**
 * When an open page of a case is read: somebody is there and the page is seen. Pure: knows no page and no server.
 *
 * @typedef {{seen: boolean, active: number, told: number}} State `seen`: whether the page is visible; `active`: when
 *   somebody last did something; `told`: when the server was last told, 0 for never. All in ms.
 */
export const BEAT = 60_000; // ms between two reports, as the server counts them
export const PRESENT = 120_000; // ms for which somebody who reads without touching anything counts as there

/** @param {number} now @returns {State} */
export const opened = (now) => ({ seen: true, active: now, told: 0 });

/** Whether the server should hear now that the page is read. @param {State} state @param {number} now */
export function isDue(state, now) {
  return state.seen && now - state.active < PRESENT && (state.told === 0 || now - state.told >= BEAT);
}
