/**
 * What covers a locked page: nothing of it can be seen, reached or read aloud, and it is untouched beneath. Covering is a
 * modal dialog, because one that the page itself has open would make everything else unreachable.
 */
import { unlock } from "./session.js";

const dialog = /** @type {HTMLDialogElement} */ (document.getElementById("idle-cover"));
const form = /** @type {HTMLFormElement} */ (dialog.querySelector("[data-unlock]"));
const wrong = document.getElementById("unlock-error");

/** @type {{hidden: HTMLElement[], title: string, focus: Element | null, top: number} | null} */
let beneath = null;

/** @returns {boolean} */
export const isCovered = () => beneath !== null;

export function cover() {
  if (beneath) return;
  const hidden = [...document.body.children].filter((part) => part !== dialog && part instanceof HTMLElement && !part.hidden);
  beneath = { hidden: /** @type {HTMLElement[]} */ (hidden), title: document.title, focus: document.activeElement, top: scrollY };
  for (const part of beneath.hidden) part.hidden = part.inert = true;
  document.title = dialog.dataset.title ?? "";
  dialog.showModal();
  document.getElementById("cover-title")?.focus();
}

export function uncover() {
  if (!beneath) return;
  const { hidden, title, focus, top } = beneath;
  beneath = null;
  dialog.close();
  for (const part of hidden) part.hidden = part.inert = false;
  document.title = title;
  scrollTo({ top, behavior: "instant" });
  if (focus instanceof HTMLElement) focus.focus({ preventScroll: true });
}

/** @param {string} words */
function say(words) {
  if (!wrong) return;
  wrong.hidden = !words;
  const text = wrong.querySelector("span");
  if (text) text.textContent = words;
  const field = form.querySelector("[name=password]");
  field?.toggleAttribute("aria-invalid", false);
  if (!words || !(field instanceof HTMLInputElement)) return;
  field.setAttribute("aria-invalid", "true");
  field.setAttribute("aria-describedby", "unlock-error");
  field.value = "";
  field.focus();
}

/** @param {() => void} opened called once the person has shown who they are */
export function onUnlock(opened) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const answer = await unlock(new FormData(form));
    if (answer === null) {
      form.reset();
      say("");
      opened();
    } else say(answer || (dialog.dataset.offline ?? ""));
  });
  // Escape must not uncover it: some browsers close at the second one whatever is prevented
  dialog.addEventListener("cancel", (event) => event.preventDefault());
  dialog.addEventListener("close", () => beneath && dialog.showModal());
}
