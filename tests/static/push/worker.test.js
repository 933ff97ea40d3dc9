/** static/push/worker.js, run in a scope like a browser's: what is shown for a message, what is closed, where a click leads. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { beforeEach, test } from "node:test";
import { runInNewContext } from "node:vm";

const script = readFileSync(new URL("../../../static/push/worker.js", import.meta.url), "utf8");
const ORIGIN = "https://curbside.test";
const RING = {
  kind: "ring",
  tag: "c-1",
  title: "Curbside",
  body: "A colleague asks for a consult.",
  ended: "It is over.",
  open: "Open",
  path: "/consults/c-1",
  ends: Date.now() + 60_000,
};

/** @type {any[]} */ let shown;
/** @type {any[]} */ let pages;
/** @type {string[]} */ let opened;
/** @type {any[]} */ let sent;
/** @type {Record<string, (event: any) => void>} */ let listeners;
let mayOpen = true;

/** A notification as the scope keeps it. @param {string} title @param {any} options */
function notification(title, options) {
  const one = { title, ...options, close: () => shown.splice(shown.indexOf(one), 1) };
  return one;
}

/** @param {string} path @param {string} visibilityState */
function page(path, visibilityState = "hidden") {
  const one = { url: ORIGIN + path, visibilityState, focused: false, focus: async () => void (one.focused = true), navigate: async (/** @type {string} */ url) => void (one.url = url) };
  return one;
}

const registration = {
  showNotification: async (/** @type {string} */ title, /** @type {any} */ options) => {
    shown = shown.filter((one) => one.tag !== options.tag);
    shown.push(notification(title, options));
  },
  getNotifications: async (/** @type {any} */ { tag }) => shown.filter((one) => one.tag === tag),
  pushManager: { subscribe: async () => subscription("https://push.test/new") },
};

/** @param {string} endpoint */
const subscription = (endpoint) => ({ options: {}, toJSON: () => ({ endpoint, keys: { p256dh: "p", auth: "a" } }) });

beforeEach(() => {
  [shown, pages, opened, sent, listeners, mayOpen] = [[], [], [], [], {}, true];
  const scope = {
    registration,
    location: { origin: ORIGIN },
    skipWaiting: () => {},
    addEventListener: (/** @type {string} */ name, /** @type {any} */ heard) => (listeners[name] = heard),
    clients: {
      claim: async () => {},
      matchAll: async () => pages,
      openWindow: async (/** @type {string} */ url) => {
        if (!mayOpen) throw new Error("not allowed");
        opened.push(url);
      },
    },
  };
  const fetched = async (/** @type {string} */ url, /** @type {any} */ options) => void sent.push([url, String(options.body)]);
  runInNewContext(script, { self: scope, URL, URLSearchParams, Date, fetch: fetched });
});

/** @param {string} name @param {any} event */
async function happens(name, event) {
  let work;
  listeners[name]?.({ ...event, waitUntil: (/** @type {any} */ promise) => (work = promise) });
  await work;
}

/** @param {any} message */
const pushed = (message) => happens("push", { data: { json: () => message } });

/** @param {string} path */
const clicked = (path) => happens("notificationclick", { notification: notification("", { data: { path } }) });

test("a ring is shown with a button, under its consult, until somebody does something", async () => {
  await pushed(RING);
  const [{ title, body, tag, requireInteraction, actions }] = shown;
  assert.deepEqual([title, body, tag, requireInteraction], [RING.title, RING.body, "c-1", true]);
  assert.deepEqual(Array.from(actions, (/** @type {any} */ one) => [one.action, one.title]), [["open", "Open"]]);
});

test("a ring that is repeated is one notification", async () => {
  await pushed(RING);
  await pushed(RING);
  assert.equal(shown.length, 1);
});

test("the end of a ring closes it where a page is in sight", async () => {
  pages = [page("/today", "visible")];
  await pushed(RING);
  await pushed({ ...RING, kind: "over" });
  assert.deepEqual(shown, []);
});

test("the end of a ring leaves a quiet word where no page is in sight", async () => {
  pages = [page("/today")];
  await pushed(RING);
  await pushed({ ...RING, kind: "over" });
  assert.deepEqual(shown.map((one) => [one.body, one.silent, one.requireInteraction]), [["It is over.", true, undefined]]);
});

test("the end of one ring leaves another alone", async () => {
  pages = [page("/today", "visible")];
  await pushed(RING);
  await pushed({ ...RING, tag: "c-2", kind: "over" });
  assert.deepEqual(shown.map((one) => one.tag), ["c-1"]);
});

test("a ring that arrives after its end does not ring", async () => {
  await pushed({ ...RING, ends: Date.now() - 1 });
  assert.deepEqual(shown.map((one) => [one.body, one.silent]), [["It is over.", true]]);
});

test("what cannot be read is shown without words", async () => {
  await happens("push", { data: null });
  assert.deepEqual(shown.map((one) => [one.title, one.body]), [["Curbside", ""]]);
});

test("a click goes to the page that shows the consult already", async () => {
  pages = [page("/today"), page("/consults/c-1")];
  await clicked("/consults/c-1");
  assert.deepEqual([pages.map((one) => one.focused), opened], [[false, true], []]);
});

test("a click opens the consult beside what is open", async () => {
  pages = [page("/today")];
  await clicked("/consults/c-1");
  assert.deepEqual([opened, pages[0].url], [[`${ORIGIN}/consults/c-1`], `${ORIGIN}/today`]);
});

test("where no window may be opened an open page goes there, never one in a call", async () => {
  mayOpen = false;
  pages = [page("/visits/1/call"), page("/v/secret"), page("/today")];
  await clicked("/consults/c-1");
  assert.deepEqual(pages.map((one) => new URL(one.url).pathname), ["/visits/1/call", "/v/secret", "/consults/c-1"]);
});

test("a click leads to no other site", async () => {
  for (const path of ["https://elsewhere.test/x", "//elsewhere.test/x"]) await clicked(path);
  assert.deepEqual(opened, []);
});

test("a browser with a new address tells the server", async () => {
  await happens("pushsubscriptionchange", { oldSubscription: subscription("https://push.test/old"), newSubscription: null });
  assert.deepEqual(sent, [["/account/notifications/browsers", "endpoint=https%3A%2F%2Fpush.test%2Fnew&p256dh=p&auth=a"]]);
});

test("without the old address there is nothing to tell", async () => {
  await happens("pushsubscriptionchange", { oldSubscription: null, newSubscription: null });
  assert.deepEqual(sent, []);
});
