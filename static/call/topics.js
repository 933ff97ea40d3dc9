/**
 * What the room says has changed, said to the page, whose parts then fetch themselves afresh. Such a message is never kept:
 * what changed before this page was in the room, or while its line was down, is asked for whenever it comes in.
 */

const TOPICS = ["waiting", "visit", "consults"]; // whatever a call page shows a part of

/**
 * @param {{on: (type: any, listener: (detail: any) => void) => unknown}} session
 * @param {EventTarget} page
 */
export function topics(session, page) {
  const tell = (/** @type {string} */ topic) => void page.dispatchEvent(new CustomEvent(`curbside:${topic}`));
  session.on("changed", tell);
  session.on("signaling", (up) => up && TOPICS.forEach(tell));
}
