/**
 * When one link should look for another path (ICE restart): state + event + now -> state + what to do. Pure; peer.js performs it.
 * A hiccup mends itself, so a disconnected path gets a moment; a failed one, a changed network or a long sleep get none. Without
 * the server nothing could be agreed on, so it waits for it and goes at once. Attempts grow rarer, so that none is endless.
 */

const HICCUP = 600; // ms that a path may be disconnected
const CHECKS = 6000; // ms that a new path may be sought before it is sought again
const GAP = 2000; // ms from the first attempt to the second; doubles with each
const RARELY = 60_000; // ms between two attempts at most
const STEADY = 5000; // ms of being connected after which earlier attempts are forgotten
const REBUILD = 4; // every so many attempts the connection itself is made anew

/**
 * @typedef {object} Path
 * @property {RTCPeerConnectionState} state
 * @property {number} since ms at which it came into this state
 * @property {boolean} reached whether the server is
 * @property {number | null} moved ms at which the network changed, until something was done about it
 * @property {number} tries attempts since it was last steadily connected
 * @property {number} last ms of the last attempt, ours or the peer's
 *
 * @typedef {{type: "state", state: RTCPeerConnectionState} | {type: "unreached"} | {type: "tick"}
 *   | {type: "reached"} | {type: "moved"} | {type: "asked"}} PathEvent
 *   `reached`: this side or the other came back to the server; `moved`: another network, or awake again; `asked`: the peer offers a path
 * @typedef {{path: Path, act: "restart" | "rebuild" | null, wake: number | null}} Step wake: ms after which a tick is due
 */

/** @returns {Path} of a connection that is being made */
export function newPath(now = 0) {
  return { state: "new", since: now, reached: true, moved: null, tries: 0, last: -Infinity };
}

/** @param {Path} before @param {PathEvent} event @param {number} now ms @returns {Step} */
export function step(before, event, now) {
  const path = folded(before, event, now);
  const broken = path.state !== "connected" && path.state !== "closed";
  if (event.type === "reached" && broken && now - path.last >= HICCUP) return attempt({ ...path, tries: 0 }, now);
  const due = dueAt(path);
  if (due === null || !path.reached) return { path, act: null, wake: null };
  return now >= due ? attempt(path, now) : { path, act: null, wake: due - now };
}

/** @param {Path} path @param {PathEvent} event @param {number} now @returns {Path} */
function folded(path, event, now) {
  switch (event.type) {
    case "state": return moving(path, event.state, now);
    case "reached": return { ...path, reached: true };
    case "unreached": return { ...path, reached: false };
    case "moved": return { ...path, moved: now };
    case "asked": return { ...path, moved: null, last: now };
    case "tick": return path;
  }
}

/** @param {Path} path @param {RTCPeerConnectionState} state @param {number} now @returns {Path} */
function moving(path, state, now) {
  if (state === path.state) return path;
  const steady = path.state === "connected" && now - path.since >= STEADY;
  return { ...path, state, since: now, tries: steady ? 0 : path.tries };
}

/** When the next attempt is due, null when none is called for. @param {Path} path */
function dueAt(path) {
  const ripe = ripeAt(path);
  return ripe === null ? null : Math.max(ripe, path.last + gapAfter(path.tries));
}

/** @param {Path} path */
function ripeAt({ state, since, moved, last }) {
  if (state === "closed" || state === "new") return null; // an offer without an answer is link.js's to send again
  if (moved !== null) return moved;
  if (state === "failed") return since;
  if (state === "disconnected") return since + HICCUP;
  return state === "connecting" ? Math.max(since, last) + CHECKS : null;
}

/** @param {number} tries */
const gapAfter = (tries) => Math.min(RARELY, GAP * 2 ** Math.max(0, tries - 1));

/** @param {Path} path @param {number} now @returns {Step} */
function attempt(path, now) {
  const tries = path.tries + 1;
  const rebuild = tries % REBUILD === 0 && path.state !== "connected";
  const wake = path.state === "connected" ? null : gapAfter(tries);
  return { path: { ...path, tries, last: now, moved: null }, act: rebuild ? "rebuild" : "restart", wake };
}
