/** static/rtc/relays.js: relay passwords are fetched anew before they expire, on a clock of the test's own. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Relays, renewIn } from "../../../static/rtc/relays.js";

const answer = (/** @type {string} */ username, iceLifetime = 14_400) => ({ iceServers: [{ urls: "turn:turn.clinic.test", username }], iceTransportPolicy: /** @type {const} */ ("all"), iceLifetime });

/** @param {(ReturnType<typeof answer> | null)[]} answers what the server says to each renewal */
function relays(...answers) {
  /** @type {{work: () => void, ms: number}[]} */
  const timers = [];
  let changes = 0;
  const kept = new Relays({
    url: "/ticket", changed: () => changes++, ask: async () => answers.shift() ?? null,
    later: (work, ms) => timers.push({ work, ms }), never: (id) => void (id && (timers[id - 1].work = () => {})),
  });
  const pass = async () => { timers.at(-1)?.work(); await new Promise((done) => setImmediate(done)); };
  return { kept, timers, pass, changes: () => changes, user: () => kept.configuration.iceServers?.[0]?.username };
}

test("after three quarters of their life newer passwords are fetched and taken into use", async () => {
  const { kept, timers, pass, changes, user } = relays(answer("second"));
  kept.take(answer("first"));
  assert.equal(timers[0].ms, 10_800_000);
  await pass();
  assert.deepEqual([user(), changes(), timers.length], ["second", 2, 2]);
});

test("a renewal that fails is tried again after a minute, and the old ones stay", async () => {
  const { kept, timers, pass, user } = relays(null, answer("second"));
  kept.take(answer("first"));
  await pass();
  assert.deepEqual([user(), timers[1].ms], ["first", 60_000]);
  await pass();
  assert.equal(user(), "second");
});

test("a new ticket takes the place of the renewal that was planned", async () => {
  const { kept, timers, user } = relays(answer("never"));
  kept.take(answer("first"));
  kept.take(answer("joined again"));
  timers[0].work();
  await new Promise((done) => setImmediate(done));
  assert.deepEqual([user(), timers.length], ["joined again", 2]);
});

test("a renewal that comes later than a new ticket changes nothing", async () => {
  const { kept, timers, user } = relays(answer("too late"));
  kept.take(answer("first"));
  timers[0].work(); // the server is asked, and meanwhile
  kept.take(answer("joined again"));
  await new Promise((done) => setImmediate(done));
  assert.equal(user(), "joined again");
});

test("where nothing expires nothing is fetched, and neither a life of seconds nor one of years upsets a timer", () => {
  const { kept, timers } = relays();
  kept.take(answer("first", 0));
  assert.equal(timers.length, 0);
  assert.deepEqual([renewIn(undefined), renewIn(1), renewIn(1e9)], [null, 30_000, 2 ** 31 - 1]);
});
