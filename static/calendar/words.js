/** What the page says, in its language, with `{name}` and the like filled in. */

/** @type {Record<string, string>} */
const words = JSON.parse(document.getElementById("calendar-words")?.textContent || "{}");

export const language = document.documentElement.lang || "en";

/** @param {string} key @param {Record<string, string | number>} [parts] */
export function say(key, parts = {}) {
  return (words[key] ?? "").replace(/\{(\w+)\}/g, (whole, part) => String(parts[part] ?? whole));
}
