/**
 * The ticket that came with the answer to Accept, for the call that it leads to: it is used once, in this tab, and only while
 * it is fresh. Without one a call asks for a ticket, as ever.
 */

/** @typedef {import("../rtc/socket.js").TicketAnswer} TicketAnswer */

const KEY = "curbside:given";
export const FRESH = 20000; // ms, of the 60 s for which a ticket opens a room

/** @param {string} call the address of the call @param {TicketAnswer} answer @param {Pick<Storage, "setItem">} storage */
export function give(call, answer, storage = sessionStorage, now = Date.now()) {
  storage.setItem(KEY, JSON.stringify({ call, answer, at: now }));
}

/** @param {string} call @param {Pick<Storage, "getItem" | "removeItem">} storage @returns {TicketAnswer | null} */
export function given(call, storage = sessionStorage, now = Date.now()) {
  const kept = JSON.parse(storage.getItem(KEY) ?? "null");
  storage.removeItem(KEY);
  return kept && kept.call === call && now - kept.at < FRESH ? kept.answer : null;
}
