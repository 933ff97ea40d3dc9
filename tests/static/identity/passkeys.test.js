/** static/identity/passkeys.js: between the JSON that is sent and the buffers that the browser wants. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { answer, bytes, creation, request, words } from "../../../static/identity/passkeys.js";

/** @param {number[]} numbers */
const buffer = (...numbers) => Uint8Array.from(numbers).buffer;

test("bytes survive the way through base64url, without padding and without signs that a URL changes", () => {
  for (const numbers of [[], [0], [251, 255], [1, 2, 3, 4], Array.from({ length: 256 }, (_, n) => n)]) {
    const text = words(buffer(...numbers));
    assert.match(text, /^[\w-]*$/);
    assert.deepEqual([...bytes(text)], numbers);
  }
});

test("what the server asks becomes what the browser's authenticator takes", () => {
  const asked = creation({
    challenge: "AQI",
    rp: { id: "localhost", name: "Curbside" },
    user: { id: "Aw", name: "a@b.test", displayName: "A" },
    excludeCredentials: [{ id: "BA", type: "public-key" }],
  });
  assert.deepEqual([...asked.challenge], [1, 2]);
  assert.deepEqual([...asked.user.id], [3]);
  assert.equal(asked.user.name, "a@b.test");
  assert.deepEqual([...asked.excludeCredentials[0].id], [4]);
  assert.equal(asked.rp.id, "localhost");
});

test("a request may name no credential at all", () => {
  const asked = request({ challenge: "AQI", rpId: "localhost", userVerification: "required" });
  assert.deepEqual(asked.allowCredentials, []);
  assert.equal(asked.userVerification, "required");
});

test("the answer of a new passkey is told with how it is reached", () => {
  const told = answer({
    id: "BA",
    rawId: buffer(4),
    type: "public-key",
    response: { clientDataJSON: buffer(1), attestationObject: buffer(2), getTransports: () => ["internal"] },
  });
  assert.deepEqual(told, {
    id: "BA",
    rawId: "BA",
    type: "public-key",
    response: { clientDataJSON: "AQ", attestationObject: "Ag", transports: ["internal"] },
  });
});

test("the answer of a passkey in use leaves out whose it is when the authenticator does not say", () => {
  const response = { clientDataJSON: buffer(1), authenticatorData: buffer(2), signature: buffer(3), userHandle: null };
  const told = answer({ id: "BA", rawId: buffer(4), type: "public-key", response });
  assert.deepEqual(told.response, { clientDataJSON: "AQ", authenticatorData: "Ag", signature: "Aw" });
});
