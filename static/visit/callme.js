/**
 * "Call me instead": the page's own dialog in place of the page that its links lead to, so that a call goes on meanwhile.
 * Plain requests: it works when the connection of the call is what does not.
 */
import { byId } from "../call/dom.js";

export function callMe() {
  const dialog = /** @type {HTMLDialogElement} */ (byId("call-me"));
  const open = (/** @type {Event} */ event) => {
    event.preventDefault();
    dialog.showModal();
    void load();
  };
  for (const link of document.querySelectorAll("[data-call-me]")) link.addEventListener("click", open);
  dialog.querySelector("[data-close]")?.addEventListener("click", () => dialog.close());
  dialog.addEventListener("submit", (event) => {
    event.preventDefault();
    void load(new FormData(/** @type {HTMLFormElement} */ (event.target)));
  });
  // who calls, as soon as somebody does; not while a number is being typed
  document.body.addEventListener("curbside:visit", () => {
    if (dialog.open && !dialog.contains(typing())) void load();
  });
}

/** The element that is typed in, if any. */
function typing() {
  return document.activeElement instanceof HTMLInputElement ? document.activeElement : null;
}

/** Fetches the part, or posts the number and shows what happens next. @param {FormData} [form] */
async function load(form) {
  const place = byId("call-me-part");
  const body = form && new URLSearchParams({ phone: String(form.get("phone") ?? "") });
  const asked = { method: body ? "POST" : "GET", headers: { Accept: "text/html", "HX-Request": "true" }, body };
  const answer = await fetch(place.dataset.url ?? "", asked).catch(() => null);
  const shows = answer !== null && (answer.ok || answer.status === 422) && !answer.redirected;
  byId("call-me-lost").hidden = shows;
  if (shows) place.innerHTML = await answer.text();
}
