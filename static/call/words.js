/** What the server put into the page for scripts: where things are (`#call-config`) and what to say (`#call-words`). */

/**
 * @typedef {object} Config
 * @property {"patient" | "practitioner"} role
 * @property {string} name
 * @property {string} ticketUrl
 * @property {string} chatUrl
 * @property {string} closedUrl where to go when the visit has ended
 * @property {string} signalingPath
 * @property {"check" | "waiting" | "call"} initial
 * @property {string} visit opaque key for sessionStorage
 * @property {string} [means] audio or chat where a talk was asked to be held so: no camera, or nothing at all, is opened by itself
 */

/** @param {string} id @returns {any} */
function embedded(id) {
  return JSON.parse(document.getElementById(id)?.textContent || "{}");
}

/** @type {Config} */
export const config = embedded("call-config");

/** @type {Record<string, string>} */
const words = embedded("call-words");

/** The sentence for `key`, with `{name}` and the like filled in. @param {string} key @param {Record<string, string>} [parts] */
export function say(key, parts = {}) {
  return (words[key] ?? "").replace(/\{(\w+)\}/g, (whole, part) => parts[part] ?? whole);
}
