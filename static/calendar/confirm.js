/** The dialog that asks before a visit is moved, posts it, and says in words what is in the way. */
import { later, spoken, spokenTime } from "./moves.js";
import { language, say } from "./words.js";

/** @typedef {import("./moves.js").Move} Move */
/** @typedef {{day: string, time: string}} Moved */

const dialog = /** @type {HTMLDialogElement} */ (document.getElementById("move"));
const refused = /** @type {HTMLElement} */ (document.getElementById("move-refused"));
const reason = /** @type {HTMLElement} */ (document.getElementById("move-reason"));
const typed = /** @type {HTMLInputElement} */ (document.getElementById("overbook"));
const yes = /** @type {HTMLButtonElement} */ (document.getElementById("move-yes"));
const no = /** @type {HTMLButtonElement} */ (document.getElementById("move-no"));

/** Asks and moves. @param {Move} move @param {string} zone @returns {Promise<Moved | null>} null when it was left */
export async function confirmed(move, zone) {
  /** @type {Record<string, string>} */
  const posted = { start: move.start, minutes: String(move.minutes), zone };
  ask(move);
  for (;;) {
    if (!(await answered())) return null;
    if (!reason.hidden) posted.overbook = typed.value.trim();
    if (!reason.hidden && !posted.overbook) {
      warn(say("reason"), "overbook");
      continue;
    }
    yes.disabled = true;
    const { status, said } = await post(`/visits/${move.id}/move`, posted);
    yes.disabled = false;
    if (status === 200) {
      dialog.close();
      return said;
    }
    if (said?.ask === "anyway") posted.anyway = "1";
    warn(said?.message || say("broken"), said?.ask ?? "");
  }
}

/** @param {Move} move */
function ask(move) {
  /** @param {{start: string, minutes: number}} span */
  const span = ({ start, minutes }) => ({ from: spoken(start, language), until: spokenTime(later(start, minutes), language), minutes });
  fill("move-head", say("title", { name: move.name }));
  fill("move-words", `${say("to", span(move))} ${say("before", span(move.was))}`);
  refused.hidden = true;
  reason.hidden = true;
  typed.value = "";
  yes.textContent = say("move");
  dialog.showModal();
  yes.focus();
}

/** @param {string} message @param {string} wanted what lets it be done all the same */
function warn(message, wanted) {
  fill("move-refused", message, "span");
  refused.hidden = false;
  reason.hidden = wanted !== "overbook";
  if (wanted) yes.textContent = say("anyway");
  if (wanted === "overbook") typed.focus();
}

/** @returns {Promise<boolean>} */
function answered() {
  return new Promise((resolve) => {
    const over = new AbortController();
    const { signal } = over;
    /** @param {boolean} meant */
    const end = (meant) => {
      over.abort();
      if (!meant && dialog.open) dialog.close();
      resolve(meant);
    };
    yes.addEventListener("click", () => end(true), { signal });
    no.addEventListener("click", () => end(false), { signal });
    dialog.addEventListener("close", () => end(false), { signal }); // by Escape
  });
}

/** @param {string} url @param {Record<string, string>} fields */
async function post(url, fields) {
  try {
    const answer = await fetch(url, { method: "POST", body: new URLSearchParams(fields) });
    return { status: answer.status, said: await answer.json().catch(() => null) };
  } catch {
    return { status: 0, said: null };
  }
}

/** @param {string} id @param {string} text @param {string} [inside] */
function fill(id, text, inside) {
  const place = document.getElementById(id);
  const target = inside ? place?.querySelector(inside) : place;
  if (target) target.textContent = text;
}
