/**
 * Accept, warm: while it rings, the code of a call is fetched, but no camera is opened and no address told. The answer to Accept
 * brings the ticket, which goes along into the call. When anything is in the way, the form is sent as it is.
 */
import { give } from "../call/given.js";

/** Has the browser fetch what a call is made of. @param {HTMLTemplateElement} code */
export function prepare(code) {
  if (code.content.childElementCount) document.head.append(code.content);
}

/** @param {HTMLElement} body where the forms come and go */
export function accepting(body) {
  body.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || !("accept" in form.dataset) || event.defaultPrevented) return;
    event.preventDefault();
    for (const button of form.querySelectorAll("button")) button.disabled = true;
    void accept(form);
  });
}

/** @param {HTMLFormElement} form */
async function accept(form) {
  const answer = await fetch(form.action, { method: "POST", headers: { Accept: "application/json" } }).catch(() => null);
  const taken = answer?.ok ? await answer.json().catch(() => null) : null;
  if (!taken) return form.submit(); // who was too late, or is signed out, reads it there
  give(taken.call, taken.ticket);
  location.assign(taken.call);
}
