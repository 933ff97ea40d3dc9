/**
 * Rings on whatever page a clinician is: the dialog opens with what htmx put into it, with sound, in the title of the page, and as
 * a notification where the person allowed them. Escape silences what rings; the list of consults still has it.
 */
import { chime } from "../call/sound.js";
import { byId } from "../call/dom.js";
import { accepting, prepare } from "./accepting.js";
import { counted } from "./countdown.js";

const SOUND = 4000; // ms from one chime to the next
const box = /** @type {HTMLDialogElement} */ (byId("incoming"));
const body = byId("incoming-body");
const trouble = byId("incoming-trouble");
const title = document.title;
/** @type {Set<string>} */
const silenced = new Set();
/** @type {Set<string>} */
const known = new Set();
/** @type {ReturnType<typeof setInterval> | undefined} */
let sound;
/** @type {Element | null} */
let before = null;

new MutationObserver(look).observe(body, { childList: true, subtree: true });
box.addEventListener("cancel", (event) => {
  event.preventDefault();
  for (const ring of rings()) silenced.add(ring.dataset.ring ?? "");
  look();
});
accepting(body, trouble);
counted(body, () => document.body.dispatchEvent(new CustomEvent("curbside:consults")));
look();

/** @returns {HTMLElement[]} */
function rings() {
  return /** @type {HTMLElement[]} */ ([...body.querySelectorAll("[data-ring]")]);
}

function look() {
  const loud = rings().filter((ring) => !silenced.has(ring.dataset.ring ?? ""));
  const fresh = loud.filter((ring) => !known.has(ring.dataset.ring ?? ""));
  for (const ring of fresh) known.add(ring.dataset.ring ?? "");
  if (loud.length) open(fresh);
  else close();
}

/** @param {HTMLElement[]} fresh those that ring for the first time */
function open(fresh) {
  if (!box.open) {
    before = document.activeElement;
    box.showModal();
  }
  document.title = `🔔 ${box.dataset.title} · ${title}`;
  sound ??= setInterval(ring, SOUND);
  if (!fresh.length) return;
  prepare(/** @type {HTMLTemplateElement} */ (byId("call-code")));
  ring();
  /** @type {HTMLElement | null} */ (fresh[0].querySelector("h2"))?.focus();
  if (document.hidden) notify();
}

function close() {
  clearInterval(sound);
  sound = undefined;
  document.title = title;
  trouble.hidden = true;
  if (!box.open) return;
  box.close();
  if (before instanceof HTMLElement && before.isConnected) before.focus();
}

function ring() {
  void chime("").catch(() => {});
}

/** Says no more than that there is something: who and what is read on the page. */
function notify() {
  if (!("Notification" in window) || Notification.permission !== "granted") return;
  const note = new Notification(box.dataset.note ?? "", { tag: "consult" });
  note.onclick = () => {
    window.focus();
    note.close();
  };
}
