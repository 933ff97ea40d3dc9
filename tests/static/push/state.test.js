/** static/push/state.js: what a browser can do about notifications, and how it finds itself in the list. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { markOf, stateOf } from "../../../static/push/state.js";

const able = { secure: true, supported: true, permission: "default", subscribed: false };

test("a page without HTTPS says that first", () => {
  assert.equal(stateOf({ ...able, secure: false, supported: false, permission: "denied" }), "insecure");
});

test("a browser that cannot show notifications says so", () => {
  assert.equal(stateOf({ ...able, supported: false }), "unsupported");
});

test("an iPhone says that it wants to be on the Home Screen first, and what is there says no such thing", () => {
  assert.equal(stateOf({ ...able, supported: false, onHome: false }), "home");
  assert.equal(stateOf({ ...able, supported: false, onHome: true }), "unsupported");
  assert.equal(stateOf({ ...able, onHome: true }), "off");
});

test("who told the browser no has to change it there, subscribed or not", () => {
  assert.equal(stateOf({ ...able, permission: "denied", subscribed: true }), "denied");
});

test("it is on only with a subscription and the permission", () => {
  assert.equal(stateOf({ ...able, permission: "granted", subscribed: true }), "on");
  assert.equal(stateOf({ ...able, permission: "granted" }), "off");
  assert.equal(stateOf({ ...able, subscribed: true }), "off");
});

test("a browser knows itself by the hash of its address", async () => {
  assert.equal(await markOf("https://push.test/1"), "03ec1aa5c2c7abcfbcf77fda386fe6b4c6e2747f4d7e1a990484aa458326fda5");
});
