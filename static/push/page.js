/**
 * Notifications on this device: says what the browser can do, turns them on and off, and finds itself in the list. The lines
 * `data-state` belong to one state each; a browser that the server has lost is told to it again.
 */
import { bytes } from "../identity/passkeys.js";
import { markOf, stateOf } from "./state.js";

const place = /** @type {HTMLElement} */ (document.querySelector("[data-push]"));
const [on, off] = ["on", "off"].map((name) => /** @type {HTMLButtonElement} */ (place.querySelector(`[data-turn=${name}]`)));
const failed = /** @type {HTMLElement} */ (place.querySelector("[role=alert]"));
const supported = "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;

const subscription = async () => (await navigator.serviceWorker.getRegistration("/"))?.pushManager.getSubscription();

async function look() {
  const found = supported && window.isSecureContext ? await subscription() : null;
  const permission = supported ? Notification.permission : "default";
  const onHome = /** @type {{ standalone?: boolean }} */ (navigator).standalone;
  const state = stateOf({ secure: window.isSecureContext, supported, permission, subscribed: Boolean(found), onHome });
  for (const line of /** @type {NodeListOf<HTMLElement>} */ (place.querySelectorAll("[data-state]")))
    line.hidden = line.dataset.state !== state;
  on.hidden = state !== "off";
  off.hidden = state !== "on";
  if (found && state === "on") await recognize(found);
}

/** @param {PushSubscription} found */
async function recognize(found) {
  const line = document.querySelector(`[data-mark="${await markOf(found.endpoint)}"]`);
  if (!line) return tell(found);
  for (const badge of /** @type {NodeListOf<HTMLElement>} */ (line.querySelectorAll("[data-here]"))) badge.hidden = false;
}

/** Tell the server of this browser, and show the list with it. @param {PushSubscription} found */
async function tell(found) {
  const { endpoint, keys } = found.toJSON();
  const body = new URLSearchParams({ endpoint: endpoint ?? "", ...keys });
  const answered = await fetch("/account/notifications/browsers", { method: "POST", body });
  if (!answered.ok) throw new Error(`answered ${answered.status}`);
  location.assign("/account/notifications");
}

async function turnOn() {
  if ((await Notification.requestPermission()) !== "granted") return look();
  await navigator.serviceWorker.register("/push-worker.js");
  const { pushManager } = await navigator.serviceWorker.ready;
  await (await pushManager.getSubscription())?.unsubscribe(); // one for another key of ours would be refused
  await tell(await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(place.dataset.key ?? "") }));
}

async function turnOff() {
  const found = await subscription();
  if (!found) return look();
  const line = document.querySelector(`[data-mark="${await markOf(found.endpoint)}"]`);
  await found.unsubscribe();
  const form = /** @type {HTMLFormElement | null} */ (line?.querySelector("form[data-remove]") ?? null);
  if (form) form.submit();
  else await look();
}

/** @param {HTMLButtonElement} button @param {() => Promise<void>} work */
function press(button, work) {
  button.addEventListener("click", async () => {
    button.disabled = true;
    failed.hidden = true;
    try {
      await work();
    } catch {
      failed.hidden = false;
    }
    button.disabled = false;
  });
}

press(on, turnOn);
press(off, turnOff);
void look();
