/** static/call/shortcuts.js: which key presses which button, and when none does. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { buttonFor } from "../../../static/call/shortcuts.js";

/** @param {string} key @param {object} [rest] */
const press = (key, rest = {}) => ({ key, ctrlKey: false, metaKey: false, altKey: false, ...rest });

test("m mutes, v stops the camera, s shares, c opens the chat, ? lists them", () => {
  assert.deepEqual(["m", "V", "s", "c", "?"].map((key) => buttonFor(press(key), null)), ["mute", "stop-camera", "share", "chat-open", "shortcuts-open"]);
});

test("nothing happens while somebody types", () => {
  for (const tagName of ["INPUT", "TEXTAREA", "SELECT"]) assert.equal(buttonFor(press("m"), { tagName }), null);
  assert.equal(buttonFor(press("m"), { tagName: "DIV", isContentEditable: true }), null);
});

test("keys with a modifier, and keys held down, belong to others", () => {
  for (const rest of [{ ctrlKey: true }, { metaKey: true }, { altKey: true }, { repeat: true }, { defaultPrevented: true }]) {
    assert.equal(buttonFor(press("m", rest), { tagName: "BUTTON" }), null);
  }
});
