/** Copy buttons: `data-copy` names the field whose text is copied, `data-done` what the button says afterwards. */

/** @param {HTMLElement} button */
async function copy(button) {
  const field = /** @type {HTMLInputElement} */ (document.getElementById(button.dataset.copy ?? ""));
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
  } catch {
    document.execCommand("copy"); // without a secure origin there is no clipboard object
  }
  const words = button.querySelector("span");
  if (words) words.textContent = button.dataset.done ?? "";
}

document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-copy]") : null;
  if (button instanceof HTMLElement) void copy(button);
});
