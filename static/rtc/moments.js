/** Moments at which a path that looks well may be gone: another network, or a device that slept. Tells them; decides nothing. */

const EVERY = 1000; // ms between two looks at the clock
const ASLEEP = 4000; // ms missing between two looks of a page in sight
const THROTTLED = 65_000; // ms: browsers let the clock of a hidden page tick once a minute

/** Whether so much time is missing that the device must have slept. Pure. @param {number} last ms @param {number} now ms @param {boolean} hidden */
export function slept(last, now, hidden) {
  return now - last > EVERY + (hidden ? THROTTLED : ASLEEP);
}

/**
 * Calls `tell` at each such moment.
 * @param {() => void} tell
 * @returns {() => void} stops it
 */
export function watchMoments(tell) {
  const ends = new AbortController();
  const network = /** @type {(EventTarget & {type?: string}) | undefined} */ (/** @type {any} */ (navigator).connection);
  let kind = network?.type;
  let [last, hidden] = [Date.now(), document.hidden];
  addEventListener("online", tell, ends);
  network?.addEventListener("change", () => {
    if (network.type === kind) return; // only the guessed speed has changed
    kind = network.type;
    if (kind !== "none") tell();
  }, ends);
  const timer = setInterval(() => {
    const now = Date.now();
    if (slept(last, now, hidden || document.hidden)) tell();
    [last, hidden] = [now, document.hidden];
  }, EVERY);
  return () => {
    ends.abort();
    clearInterval(timer);
  };
}
