/**
 * The script that browsers keep to take messages while no page is open. A ring stays on the screen until it is over; then it
 * is closed where a page is in sight, and replaced by a quiet word elsewhere: browsers want to see something for each message.
 * It keeps no pages and answers no requests.
 */

/** @typedef {{ kind: string, tag: string, title: string, body: string, ended: string, open: string, path: string, ends: number }} Message */

const worker = /** @type {any} */ (self);

worker.addEventListener("install", () => worker.skipWaiting());
worker.addEventListener("activate", (/** @type {any} */ event) => event.waitUntil(worker.clients.claim()));
worker.addEventListener("push", (/** @type {any} */ event) => event.waitUntil(take(read(event.data))));
worker.addEventListener("notificationclick", (/** @type {any} */ event) => {
  event.notification.close();
  event.waitUntil(open(event.notification.data.path));
});
worker.addEventListener("pushsubscriptionchange", (/** @type {any} */ event) => event.waitUntil(renew(event)));

/** What cannot be read still says that there is something. @param {any} data @returns {Message} */
function read(data) {
  const plain = { kind: "test", tag: "curbside", title: "Curbside", body: "", ended: "", open: "", path: "/", ends: Infinity };
  try {
    return { ...plain, ...data.json() };
  } catch {
    return plain;
  }
}

/** @param {Message} message */
async function take(message) {
  const isOver = message.kind === "over" || Date.now() >= message.ends;
  await (isOver ? finish(message) : show(message));
}

/** @param {Message} message */
function show({ kind, tag, title, body, open: button, path }) {
  return worker.registration.showNotification(title, {
    body,
    tag,
    renotify: true,
    requireInteraction: kind === "ring",
    data: { path },
    actions: button ? [{ action: "open", title: button }] : [],
  });
}

/** @param {Message} message */
async function finish({ tag, title, ended, path }) {
  const shown = await worker.registration.getNotifications({ tag });
  for (const one of shown) one.close();
  const pages = await windows();
  if (pages.some((/** @type {any} */ page) => page.visibilityState === "visible")) return;
  await worker.registration.showNotification(title, { body: ended, tag, silent: true, data: { path } });
}

/** Go to a page that shows it already, else open one; where that is refused, lead an open page there that is in no call. @param {string} path */
async function open(path) {
  const wanted = new URL(path, worker.location.origin);
  if (wanted.origin !== worker.location.origin) return;
  const pages = await windows();
  const there = pages.find((/** @type {any} */ page) => new URL(page.url).pathname === wanted.pathname);
  if (there) {
    await there.focus();
    return;
  }
  try {
    await worker.clients.openWindow(wanted.href);
  } catch {
    await pages.find((/** @type {any} */ page) => !inCall(new URL(page.url).pathname))?.navigate(wanted.href);
  }
}

/** Leading such a page elsewhere would end a call. @param {string} path */
const inCall = (path) => path.endsWith("/call") || path.startsWith("/v/");

const windows = () => worker.clients.matchAll({ type: "window", includeUncontrolled: true });

/** The browser has another address now. @param {any} event */
async function renew({ oldSubscription, newSubscription }) {
  const options = oldSubscription?.options;
  const found = newSubscription ?? (options && (await worker.registration.pushManager.subscribe(options)));
  if (!found) return;
  const { endpoint, keys } = found.toJSON();
  await fetch("/account/notifications/browsers", { method: "POST", body: new URLSearchParams({ endpoint, ...keys }) });
}
