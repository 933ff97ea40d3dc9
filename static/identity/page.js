/**
 * Forms that ask the browser's authenticator: `data-passkey` is get or create, `data-options` where to ask for the challenge,
 * the form's action where to send the answer. They are hidden until a browser shows that it can. `data-autofill` offers a
 * passkey in the e-mail field too.
 */
import { answer, creation, request } from "./passkeys.js";

const forms = /** @type {NodeListOf<HTMLFormElement>} */ (document.querySelectorAll("form[data-passkey]"));
/** @type {AbortController | null} the offer in the e-mail field, which gives way to a button */
let offered = null;

/** @param {string} path @param {FormData} fields */
async function post(path, fields) {
  const body = new URLSearchParams(/** @type {any} */ (fields));
  const answered = await fetch(path, { method: "POST", body, headers: { Accept: "application/json" } });
  const json = await answered.json();
  if (json.step_up) location.assign(json.confirm);
  if (!answered.ok) throw new Refused(Object.values(json.fields ?? {})[0] ?? json.message);
  return json;
}

class Refused extends Error {}

/** @param {HTMLFormElement} form @param {AbortController | null} offer set when nobody has pressed a button */
async function use(form, offer = null) {
  const { options, token } = await post(form.dataset.options ?? "", new FormData());
  const found =
    form.dataset.passkey === "create"
      ? await navigator.credentials.create({ publicKey: creation(options) })
      : await navigator.credentials.get({
          publicKey: request(options),
          ...(offer && { mediation: "conditional", signal: offer.signal }),
        });
  const fields = new FormData(form);
  fields.set("token", token);
  fields.set("credential", JSON.stringify(answer(found)));
  const { next } = await post(form.action, fields);
  location.assign(next);
}

/** @param {HTMLFormElement} form @param {unknown} error */
function tell(form, error) {
  const place = /** @type {HTMLElement} */ (form.querySelector("[role=alert]"));
  place.textContent = (error instanceof Refused ? error.message : place.dataset.failed) ?? "";
  place.hidden = false;
}

/** @param {HTMLFormElement} form */
async function press(form) {
  const button = /** @type {HTMLButtonElement} */ (form.querySelector("button"));
  offered?.abort();
  button.disabled = true;
  try {
    await use(form);
  } catch (error) {
    tell(form, error);
  }
  button.disabled = false;
}

/** Offer a passkey in the e-mail field; whoever types there notices nothing. @param {HTMLFormElement} form */
async function offer(form) {
  if (!(await PublicKeyCredential.isConditionalMediationAvailable?.())) return;
  offered = new AbortController();
  // whoever chose none, or pressed a button instead, is told nothing
  await use(form, offered).catch((error) => {
    if (error instanceof Refused) tell(form, error);
  });
}

if ("PublicKeyCredential" in window) {
  for (const form of forms) {
    form.hidden = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void press(form);
    });
    if ("autofill" in form.dataset) void offer(form);
  }
}
