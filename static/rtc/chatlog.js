/** The conversation as everyone will read it later, and what is still on its way. Pure. */

/**
 * @typedef {object} Said
 * @property {string} id chosen by the sender; (from, id) is one message, however often it comes
 * @property {string} from participant
 * @property {string} name
 * @property {string} text
 * @property {string | null} at UTC, ISO 8601; null until the server has it
 * @property {"sending" | "delivered" | "failed"} state
 */

/**
 * Adds messages, each once. What the server says wins over what was only on its way. In order of time, then what is on its way.
 * @param {readonly Said[]} log
 * @param {readonly Said[]} more
 * @returns {Said[]}
 */
export function merge(log, more) {
  const all = new Map(log.map((said) => [key(said), said]));
  for (const said of more) {
    const known = all.get(key(said));
    if (!known || known.state !== "delivered") all.set(key(said), said);
  }
  return [...all.values()].sort(byTime);
}

/** @param {readonly Said[]} log @param {string} id of a message of one's own @param {Said["state"]} state @returns {Said[]} */
export function mark(log, id, state) {
  return log.map((said) => (said.id === id && said.state !== "delivered" ? { ...said, state } : said));
}

/** What has to be sent (again). @param {readonly Said[]} log */
export const unsent = (log) => log.filter((said) => said.state === "sending");

/** @param {Said} said */
const key = (said) => `${said.from} ${said.id}`;

/** @param {Said} a @param {Said} b */
function byTime(a, b) {
  if (a.at === b.at) return 0;
  if (a.at === null || b.at === null) return a.at === null ? 1 : -1;
  return Date.parse(a.at) - Date.parse(b.at);
}
