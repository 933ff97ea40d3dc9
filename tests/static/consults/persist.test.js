/** static/consults/persist.js: what was not answered is sent again, and not for ever. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { PAUSES, persist } from "../../../static/consults/persist.js";

/** Sends with these outcomes one after another; an Error is a line that is away. @param {(number | Error)[]} outcomes */
async function sent(...outcomes) {
  const pauses = /** @type {number[]} */ ([]);
  let waits = 0;
  const send = async () => {
    const next = outcomes.shift();
    if (next === undefined || next instanceof Error) throw next ?? new Error("sent once too often");
    return { status: next };
  };
  const answer = await persist(send, () => waits++, async (ms) => pauses.push(ms));
  return { answer: answer?.status ?? null, pauses, waits, left: outcomes.length };
}

test("an answer is taken as it is, also one that refuses", async () => {
  assert.deepEqual(await sent(409), { answer: 409, pauses: [], waits: 0, left: 0 });
});

test("a line that was away, and a server that started anew, are asked once more", async () => {
  assert.deepEqual(await sent(new TypeError("away"), 502, 200), { answer: 200, pauses: PAUSES, waits: 2, left: 0 });
});

test("after the third time the person decides", async () => {
  const away = () => new TypeError("away");
  assert.deepEqual(await sent(away(), away(), away(), 200), { answer: null, pauses: PAUSES, waits: 2, left: 1 });
});
