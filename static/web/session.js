/** What the server says about this browser's session, and what a page tells it. */

/** @typedef {{state: "live" | "locked" | "calling" | "ended" | "expired" | "none", who: string, left: number, proved: number}} Session
 *   `left` until it locks and `proved` since the person was last proved, in seconds */

/** Whose page this is. */
export const who = document.getElementById("idle-warning")?.dataset.who ?? "";

const ONCE_MORE = 500; // ms
const TRIES = 3;

/** @returns {Promise<Session | null>} null when the server does not answer */
export async function ask() {
  let now = await told();
  // signing in or being proved again in another page changes the cookie: this may have gone with the one before
  for (let tried = 1; tried < TRIES && (now?.state === "none" || now?.state === "ended"); tried++) {
    await new Promise((done) => setTimeout(done, ONCE_MORE));
    now = await told();
  }
  return now;
}

/** @returns {Promise<Session | null>} */
async function told() {
  const answer = await fetch("/session", { headers: { "X-Background": "1" } }).catch(() => null);
  return answer?.ok ? answer.json().catch(() => null) : null;
}

/** Says that somebody is there. @returns {Promise<boolean>} false when the session does not let this page on */
export async function alive() {
  const answer = await fetch("/alive", { method: "POST", headers: { Accept: "application/json" } }).catch(() => null);
  return answer?.status !== 401;
}

/** @param {FormData} typed @returns {Promise<string | null>} null when the session is open again, else what is wrong; "" when the server does not answer */
export async function unlock(typed) {
  const body = new URLSearchParams({ password: String(typed.get("password") ?? "") });
  const answer = await fetch("/unlock", { method: "POST", headers: { Accept: "application/json" }, body }).catch(() => null);
  if (answer?.ok) return null;
  const said = await answer?.json().catch(() => null);
  return said?.fields?.password ?? said?.message ?? "";
}
