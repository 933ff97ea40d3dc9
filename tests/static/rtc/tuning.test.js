/** static/rtc/tuning.js: what is measured on each link limits that link, on a clock of the test's own. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Emitter } from "../../../static/rtc/emitter.js";
import { nothing } from "../../../static/rtc/stats.js";
import { Tuning } from "../../../static/rtc/tuning.js";

class Link {
  connected = true;
  /** @type {import("../../../static/rtc/adapt.js").Caps[]} */
  caps = [];
  available = 2_000_000;
  at = 0;
  sample = async () => ({ ...nothing((this.at += 2000)), availableOutgoing: this.available, sentLoss: 0, roundTrip: 20 });
  /** @param {import("../../../static/rtc/adapt.js").Caps} caps */
  limit = (caps) => void this.caps.push(caps);
  get last() { return this.caps.at(-1)?.camera; }
}

/** @param {import("node:test").TestContext} context @param {Record<string, Link>} links */
function tuned(context, links) {
  context.mock.timers.enable({ apis: ["setInterval"] });
  const session = Object.assign(new Emitter(), { peers: new Map(Object.entries(links)) });
  const tuning = new Tuning(/** @type {any} */ (session));
  /** @type {string[]} */
  const told = [];
  tuning.on("paused", ({ id, paused }) => void told.push(`${id} ${paused}`));
  const pass = async (/** @type {number} */ seconds) => {
    for (let at = 0; at < seconds; at += 2) {
      context.mock.timers.tick(2000);
      await new Promise((done) => setImmediate(done));
    }
  };
  return { session, tuning, told, pass };
}

test("only the link that is weak loses its picture, and gets it back", async (context) => {
  const [weak, good] = [new Link(), new Link()];
  const { tuning, told, pass } = tuned(context, { weak, good });
  weak.available = 20_000;
  await pass(10);
  assert.deepEqual([weak.last?.active, good.last?.active, tuning.paused("weak"), told], [false, true, true, ["weak true"]]);
  weak.available = 2_000_000;
  await pass(12);
  assert.deepEqual([weak.last?.active, told], [true, ["weak true", "weak false"]]);
});

test("a person who insists is seen on every link at once, and on those to come", async (context) => {
  const links = { a: new Link(), b: new Link() };
  for (const link of Object.values(links)) link.available = 20_000;
  const { session, tuning, pass } = tuned(context, links);
  await pass(10);
  tuning.insist();
  assert.deepEqual([links.a.last?.active, links.b.last?.active], [true, true]);
  const late = new Link();
  late.available = 20_000;
  session.peers.set("late", late);
  await pass(20);
  assert.ok(late.caps.length && late.caps.every(({ camera }) => camera.active));
});

test("a link that is not connected is not judged, and one that fails to be measured does not stop the others", async (context) => {
  const [away, broken, good] = [new Link(), new Link(), new Link()];
  away.connected = false;
  broken.sample = async () => { throw new DOMException("", "InvalidStateError"); };
  const { pass } = tuned(context, { away, broken, good });
  await pass(4);
  assert.deepEqual([away.caps.length, broken.caps.length, good.caps.length], [0, 0, 2]);
});
