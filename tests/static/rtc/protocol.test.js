/** static/rtc/protocol.js: the wire, held to the golden files that the server's tests read too. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { envelope, newId, parse } from "../../../static/rtc/protocol.js";
import { golden } from "../golden.js";

const server = golden("protocol/server.json");
const client = golden("protocol/client.json");

for (const [type, example] of Object.entries(server)) {
  test(`everything the server may send is understood: ${type}`, () => {
    assert.deepEqual(parse(JSON.stringify(example)), example);
  });
}

for (const [type, example] of Object.entries(client)) {
  test(`what the page sends is what the server expects: ${type}`, () => {
    const { id, to, body } = example;
    assert.deepEqual(JSON.parse(envelope({ type, id, to, body })), { ...example, room: null });
  });
}

for (const { why, frame } of golden("protocol/bad_frames.json")) {
  test(`a frame that is no message is as if it had never come: ${why}`, () => {
    assert.equal(parse(frame), null);
  });
}

test("a message of a person without a sender is no message", () => {
  assert.equal(parse(JSON.stringify({ ...server.chat, from: null })), null);
});

test("a type that only objects inherit is no message", () => {
  assert.equal(parse(JSON.stringify({ ...server.heartbeat, type: "constructor" })), null);
});

test("a participant with half a media state is no participant", () => {
  const { participant } = server.joined.body;
  assert.equal(parse(JSON.stringify({ ...server.joined, body: { participant: { ...participant, media: { camera: true } } } })), null);
});

test("ids fit the server's 64 characters and do not repeat", () => {
  const ids = new Set(Array.from({ length: 1000 }, newId));
  assert.equal(ids.size, 1000);
  for (const id of ids) assert.match(id, /^[a-z0-9]{1,64}$/);
});
