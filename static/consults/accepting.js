/**
 * Accept, warm: while it rings, the code of a call is fetched, but no camera is opened and no address told. The answer to Accept
 * brings the ticket, which goes along into the call. Taking a case twice takes it once: so what got no answer is sent again, and
 * then the button is there again, with words that say so. When anything else is in the way, the form is sent as it is.
 */
import { give } from "../call/given.js";
import { persist } from "./persist.js";

const PATIENCE = 6000; // ms for which an answer is waited for

/** Has the browser fetch what a call is made of. @param {HTMLTemplateElement} code */
export function prepare(code) {
  if (code.content.childElementCount) document.head.append(code.content);
}

/** @param {HTMLElement} body where the forms come and go @param {HTMLElement} trouble says that the line is away */
export function accepting(body, trouble) {
  body.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || !("accept" in form.dataset) || event.defaultPrevented) return;
    event.preventDefault();
    void accept(form, trouble);
  });
}

/** @param {HTMLFormElement} form @param {HTMLElement} trouble */
async function accept(form, trouble) {
  able(form, false);
  trouble.hidden = true;
  const answer = await persist(() => send(form), () => say(form, trouble, "again"), pause);
  if (!answer) {
    able(form, true);
    return say(form, trouble, "given-up");
  }
  const taken = answer.ok ? await answer.json().catch(() => null) : null;
  if (!taken) return leave(form); // who was too late, or is signed out, reads it there
  try {
    give(taken.call, taken.ticket);
  } catch {
    // a browser that keeps nothing: the call asks for a ticket itself
  }
  location.assign(taken.call);
}

/** Sends the form as it is; one whose ring is gone meanwhile is put back out of sight, or the browser would not. @param {HTMLFormElement} form */
function leave(form) {
  if (!form.isConnected) {
    form.hidden = true;
    document.body.append(form);
  }
  form.submit();
}

/** @param {HTMLFormElement} form */
const send = (form) =>
  fetch(form.action, { method: "POST", headers: { Accept: "application/json" }, signal: AbortSignal.timeout(PATIENCE) });

/** @param {number} ms */
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** @param {HTMLFormElement} form @param {boolean} may */
function able(form, may) {
  for (const button of form.querySelectorAll("button")) button.disabled = !may;
}

/** Says it while it rings: of a ring that is over nothing is to be pressed again. @param {HTMLFormElement} form @param {HTMLElement} trouble @param {string} which of its words */
function say(form, trouble, which) {
  if (!form.isConnected) return;
  for (const words of /** @type {NodeListOf<HTMLElement>} */ (trouble.querySelectorAll("[data-words]"))) {
    words.hidden = words.dataset.words !== which;
  }
  trouble.hidden = false;
}
