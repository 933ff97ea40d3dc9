/** static/rtc/hearing.js: how far a page has heard the room. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { heard } from "../../../static/rtc/hearing.js";
import { golden } from "../golden.js";

const { welcome, chat, error } = golden("protocol/server.json");
const begun = heard(null, welcome);

test("a welcome says where the room is", () => {
  assert.deepEqual(begun, { generation: welcome.body.generation, position: welcome.body.position });
});

test("each message with a place moves on, one without does not", () => {
  assert.equal(heard(begun, chat)?.position, chat.pos);
  assert.equal(heard(begun, error), begun);
});

test("another log begins anew, and what came before any welcome counts for nothing", () => {
  const other = { ...welcome, body: { ...welcome.body, generation: "other", position: "1-0" } };
  assert.deepEqual(heard(begun, other), { generation: "other", position: "1-0" });
  assert.equal(heard(null, chat), null);
});

test("a lobby is never resumed", () => {
  assert.equal(heard(begun, { ...welcome, body: { ...welcome.body, generation: null, position: null } }), null);
});
