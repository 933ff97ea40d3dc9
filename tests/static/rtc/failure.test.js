/** static/rtc/failure.js: every way in which a device may be refused, as something a person can act on. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { failureKind, obstacle } from "../../../static/rtc/failure.js";

const browser = { isSecureContext: true, RTCPeerConnection: class {}, navigator: { mediaDevices: { getUserMedia() {} } } };

for (const [name, kind] of /** @type {const} */ ([
  ["NotAllowedError", "denied"], ["SecurityError", "denied"], ["PermissionDeniedError", "denied"],
  ["NotFoundError", "none"], ["OverconstrainedError", "none"], ["NotReadableError", "in-use"], ["AbortError", "in-use"],
  ["SomethingNew", "in-use"],
])) {
  test(`${name} is ${kind}`, () => assert.equal(failureKind(new DOMException("", name)), kind));
}

test("a browser that does not understand the question is unsupported", () => {
  assert.equal(failureKind(new TypeError("no")), "unsupported");
});

test("something that is no error at all counts as in use", () => {
  assert.equal(failureKind(undefined), "in-use");
});

test("nothing stands in the way of a current browser on https", () => {
  assert.equal(obstacle(browser), null);
});

test("without https that is what is said, even where WebRTC is missing too", () => {
  assert.equal(obstacle({ isSecureContext: false, navigator: {} }), "insecure");
});

test("without WebRTC or without devices the browser is unsupported", () => {
  assert.equal(obstacle({ ...browser, RTCPeerConnection: undefined }), "unsupported");
  assert.equal(obstacle({ ...browser, navigator: {} }), "unsupported");
});
