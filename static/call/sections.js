/** One state of the page at a time (`<main data-state>`), with the title, the focus and a reader's voice following it. */
import { within } from "./dom.js";

/** The state that shows now. @returns {string | undefined} */
export function shown() {
  return document.querySelector("main[data-state]:not([hidden])")?.getAttribute("data-state") ?? undefined;
}

/**
 * @param {string} state
 * @param {string} [message] more to say, from the server
 */
export function show(state, message = "") {
  if (shown() === state && !message) return;
  const first = !shown();
  for (const section of document.querySelectorAll("main[data-state]")) section.toggleAttribute("hidden", section.getAttribute("data-state") !== state);
  const section = within(document, `main[data-state="${state}"]`);
  document.title = section.dataset.title ?? document.title;
  const place = section.querySelector("[data-message]");
  if (place) place.textContent = message;
  if (!first) within(section, "h1").focus({ preventScroll: true });
  scrollTo(0, 0);
}
