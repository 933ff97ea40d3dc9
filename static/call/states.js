/**
 * The one calm line about the connection: facts -> which sentence, and when it may change. Pure. A hiccup is not news, so what
 * reconnects is said after a second; what was said stays long enough to be read; and the end of it is said too.
 */

/**
 * @typedef {object} LinkFacts
 * @property {string} name of the other person
 * @property {boolean} broken it was connected and is not
 * @property {boolean} paused our picture is kept back, so that the sound gets through
 * @property {boolean} still their camera is on, and no picture comes
 * @property {boolean} weak
 *
 * @typedef {{key: string, name: string}} Line key of the page's words, and whom it names
 * @typedef {object} Shown
 * @property {Line | null} line on the screen
 * @property {number} at ms at which it came there
 * @property {Line | null} wanted what the facts ask for
 * @property {number} since ms
 */

const NOTICED = 1000; // ms that a connection may be gone before it is said
const READ = 2000; // ms that a sentence stays at least
const LOST = new Set(["reconnectingAll", "reconnecting", "otherReconnecting"]);

/** @returns {Shown} */
export const quiet = () => ({ line: null, at: -Infinity, wanted: null, since: -Infinity });

/** What matters most, with what still works said in its sentence. @param {{up: boolean, links: readonly LinkFacts[]}} facts @returns {Line | null} */
export function wanted({ up, links }) {
  const broken = links.filter((link) => link.broken);
  const paused = links.some((link) => link.paused);
  const still = links.find((link) => link.still && !link.broken);
  if (broken.length && (!up || (broken.length > 1 && broken.length === links.length))) return { key: "reconnectingAll", name: "" };
  if (broken.length) return { key: "otherReconnecting", name: broken[0].name };
  if (!up) return { key: "reconnecting", name: "" };
  if (paused) return { key: "videoPaused", name: "" };
  if (still) return { key: "otherPaused", name: still.name };
  return links.some((link) => link.weak) ? { key: "weakNotice", name: "" } : null;
}

/** What is shown from now on. @param {Shown} before @param {Line | null} line what is wanted @param {number} now ms @returns {Shown} */
export function settle(before, line, now) {
  const shown = same(line, before.wanted) ? before : { ...before, wanted: line, since: now };
  if (same(line, shown.line)) return shown;
  const ripe = now - shown.since >= (line && LOST.has(line.key) ? NOTICED : 0);
  if (!ripe || now - shown.at < READ) return shown;
  // a line that follows one of the same kind needs no "Connected again" between
  const back = !line && shown.line !== null && LOST.has(shown.line.key);
  if (back) return { ...shown, line: { key: "back", name: "" }, at: now };
  return { ...shown, line, at: now };
}

/** @param {Line | null} one @param {Line | null} other */
const same = (one, other) => one?.key === other?.key && one?.name === other?.name;
