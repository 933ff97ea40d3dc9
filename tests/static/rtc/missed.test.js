/** static/rtc/missed.js: what was written meanwhile is asked for until the server answers. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Missed } from "../../../static/rtc/missed.js";

const LINE = { id: "1", from: "pcp", name: "Dr. R. Okafor", text: "Hello", at: "2026-11-25T16:00:00Z" };
const full = () => ({ ok: true, status: 200, json: async () => ({ messages: [LINE] }) });
const refused = (/** @type {number} */ status) => () => ({ ok: false, status, json: async () => ({}) });
const unreached = () => { throw new TypeError("Failed to fetch"); };
const cutOff = () => ({ ...full(), json: async () => { throw new SyntaxError("Unexpected end of JSON input"); } });

/** @param {(() => Pick<Response, "ok" | "status" | "json">)[]} answers what comes of each request */
function missed(...answers) {
  /** @type {(() => void)[]} */
  const waiting = [];
  /** @type {string[][]} */
  const got = [];
  let asked = 0;
  const kept = new Missed({
    url: "/chat", got: (written) => got.push(written.map(({ text }) => text)), later: (work) => void waiting.push(work),
    ask: async () => { asked++; return (answers.shift() ?? unreached)(); },
  });
  const settle = () => new Promise((done) => setImmediate(done));
  const pass = async () => { waiting.shift()?.(); await settle(); };
  return { kept, got, pass, settle, asked: () => asked };
}

test("a server that is not reached, fails, or is cut off in mid-answer is asked again until it answers", async () => {
  const { kept, got, pass, settle, asked } = missed(unreached, refused(502), refused(429), cutOff, full);
  kept.fetch();
  await settle();
  for (let turn = 0; turn < 4; turn++) await pass();
  assert.deepEqual([got, asked()], [[["Hello"]], 5]);
});

test("a refusal is an answer: nothing more is asked", async () => {
  const { kept, got, pass, settle, asked } = missed(refused(404));
  kept.fetch();
  await settle();
  await pass();
  assert.deepEqual([got, asked()], [[[]], 1]);
});

test("whoever asks again, or wants it no longer, hears nothing of what was asked before", async () => {
  const { kept, got, pass, settle, asked } = missed(full, full, unreached);
  kept.fetch();
  kept.fetch();
  await settle();
  assert.equal(got.length, 1);
  kept.fetch();
  await settle();
  kept.stop();
  await pass();
  assert.equal(asked(), 3);
});
