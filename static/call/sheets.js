/** The sheets over the call (`<dialog>`): settings and shortcuts, which do not stop the call, and the question before ending. */
import { within } from "./dom.js";

/**
 * Opens and closes a sheet from its button, and gives the focus back where it was.
 * @param {HTMLDialogElement} dialog
 * @param {HTMLElement | null} opener
 * @param {{modal?: boolean, opening?: () => void}} [how]
 * @returns {() => void} opens it
 */
export function sheet(dialog, opener, { modal = false, opening = () => {} } = {}) {
  /** @type {Element | null} */
  let before = null;
  const open = () => {
    if (dialog.open) return dialog.close();
    before = document.activeElement;
    for (const other of document.querySelectorAll("dialog.float[open]")) /** @type {HTMLDialogElement} */ (other).close();
    opening();
    if (modal) dialog.showModal();
    else dialog.show();
    opener?.setAttribute("aria-expanded", "true");
  };
  opener?.addEventListener("click", open);
  within(dialog, "[data-close]").addEventListener("click", () => dialog.close());
  dialog.addEventListener("keydown", (event) => event.key === "Escape" && dialog.close());
  dialog.addEventListener("close", () => {
    opener?.setAttribute("aria-expanded", "false");
    if (before instanceof HTMLElement && before.isConnected) before.focus();
  });
  return open;
}
