/** Keys of the call. They press the same buttons as a finger would, so nothing can work by key alone. */
import { byId } from "./dom.js";
import { sheet } from "./sheets.js";

/** @type {Record<string, string>} key -> the id of the button it presses */
const KEYS = { m: "mute", v: "stop-camera", s: "share", c: "chat-open", "?": "shortcuts-open" };

/**
 * The button for a key press, or null: not while typing, not with a modifier (those belong to the browser and readers).
 * Pure.
 * @param {{key: string, ctrlKey: boolean, metaKey: boolean, altKey: boolean, repeat?: boolean, defaultPrevented?: boolean}} event
 * @param {{tagName: string, isContentEditable?: boolean} | null} target
 */
export function buttonFor(event, target) {
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || event.defaultPrevented) return null;
  if (target && (/^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) || target.isContentEditable)) return null;
  return KEYS[event.key.toLowerCase()] ?? null;
}

/** @param {() => boolean} live whether the call is what the person sees now */
export function shortcuts(live) {
  const help = /** @type {HTMLDialogElement} */ (byId("shortcuts"));
  sheet(help, byId("shortcuts-open"));
  document.addEventListener("keydown", (event) => {
    const id = live() ? buttonFor(event, event.target instanceof HTMLElement ? event.target : null) : null;
    const button = id && (document.getElementById(id) ?? document.getElementById(id.replace("chat-open", "tab-chat")));
    if (!button || button.hidden || document.querySelector("dialog:modal")) return;
    event.preventDefault();
    button.click();
  });
}
