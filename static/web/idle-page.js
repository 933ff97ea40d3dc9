/**
 * Automatic logoff on a signed-in page: sees whether somebody is there, warns, covers the page, and uncovers it again when
 * they have shown who they are. The pages of one browser share what they see. Pages with a call do not load this.
 */
import { cover, isCovered, onUnlock, uncover } from "./cover.js";
import { begun, next, step } from "./idle.js";
import { alive, ask, who } from "./session.js";

const SHARED = "curbside:there";
const SHARE_EVERY = 1000; // ms: typing is noted once a second
const warning = /** @type {HTMLDialogElement} */ (document.getElementById("idle-warning"));
const news = document.getElementById("idle-news");
const seconds = warning?.querySelector("[data-seconds]");
const ms = (/** @type {string} */ name) => Number(warning.dataset[name]) * 1000;

if (warning) begin();

function begin() {
  const idle = ms("idle");
  const times = { idle, warn: Math.min(ms("warn"), idle / 2), report: Math.min(ms("report"), idle / 4) };
  let state = begun(Date.now(), Math.min(ms("left"), idle), times);
  let shared = 0;
  let coveredAt = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  let counting;

  /** @param {import("./idle.js").Event} event */
  function take(event) {
    const [after, effects] = step(state, event, Date.now(), times);
    state = after;
    for (const effect of effects) perform[effect]();
    clearTimeout(timer);
    const due = next(state, times);
    if (due !== null) timer = setTimeout(() => take({ type: "tick" }), Math.max(due - Date.now(), 50));
  }

  const perform = {
    report: () => void alive().then((on) => (on ? undefined : check())),
    warn() {
      warning.showModal();
      count();
      counting = setInterval(count, 1000);
    },
    calm() {
      clearInterval(counting);
      warning.close();
      if (news) news.textContent = "";
    },
    lock() {
      coveredAt = Date.now();
      cover();
    },
    unlock() {
      uncover();
      document.body.dispatchEvent(new CustomEvent("curbside:unlocked"));
    },
  };

  function count() {
    const left = Math.max(Math.round((state.last + times.idle - Date.now()) / 1000), 0);
    if (seconds) seconds.textContent = String(left);
    if (news && left === 10) news.textContent = news.dataset.soon ?? "";
  }

  /** What the server knows is the truth: another page may have locked, unlocked or ended the session. */
  async function check() {
    const now = await ask();
    if (now) judge(now);
  }

  /** @param {import("./session.js").Session} now @returns {boolean} whether this page stays */
  function judge(now) {
    const kept = ["live", "locked", "calling", "expired"].includes(now.state); // ended by somebody, or signed out: no
    if (!kept || now.who !== who) location.assign(kept ? "/" : "/login");
    else if (now.state !== "live") take({ type: "lock" });
    else if (!isCovered()) take({ type: "heard", at: Date.now() - Math.max(idle - now.left * 1000, 0) });
    else if (now.proved * 1000 < Date.now() - coveredAt) take({ type: "unlock" }); // elsewhere in this browser
    return kept && now.who === who;
  }

  /** @param {"stay" | "activity" | "unlock"} type */
  function there(type) {
    take({ type });
    if (state.phase !== "open" || (type === "activity" && Date.now() < shared + SHARE_EVERY)) return;
    shared = Date.now();
    share(shared);
  }

  for (const kind of ["pointerdown", "pointermove", "keydown", "input", "wheel", "touchstart"])
    addEventListener(kind, () => there("activity"), { passive: true, capture: true });
  addEventListener("storage", (event) => {
    const seen = event.key === SHARED ? read() : 0;
    if (seen) take({ type: "heard", at: seen });
    if (seen && isCovered()) void check();
  });
  // out of the browser's memory of pages gone by, a page is shown only once the server has agreed
  addEventListener("pageshow", async (event) => {
    if (!event.persisted) return;
    document.body.hidden = true;
    take({ type: "tick" });
    const now = await ask();
    if (!now) take({ type: "lock" });
    document.body.hidden = now !== null && !judge(now);
  });
  for (const [target, kind] of /** @type {[EventTarget, string][]} */ ([[document, "visibilitychange"], [window, "focus"]]))
    target.addEventListener(kind, () => {
      if (document.hidden) return;
      take({ type: "tick" });
      if (isCovered()) void check();
    });
  document.addEventListener("curbside:locked", () => take({ type: "lock" }));
  document.addEventListener("curbside:check", () => void check());
  warning.addEventListener("cancel", (event) => {
    event.preventDefault();
    there("stay");
  });
  document.getElementById("idle-stay")?.addEventListener("click", () => there("stay"));
  document.getElementById("idle-leave")?.addEventListener("click", () => take({ type: "lock" }));
  onUnlock(() => there("unlock"));
  take({ type: "tick" });
}

/** @returns {number} when somebody was last there, as another page of the same person saw it; 0 when none did */
function read() {
  try {
    const [whose, seen] = JSON.parse(localStorage.getItem(SHARED) ?? "[]");
    return whose === who ? Number(seen) || 0 : 0;
  } catch {
    return 0;
  }
}

/** @param {number} seen */
function share(seen) {
  try {
    localStorage.setItem(SHARED, JSON.stringify([who, seen]));
  } catch {
    // a browser that keeps nothing: each of its pages is on its own
  }
}
