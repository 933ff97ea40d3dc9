/** static/call/one.js: one window at a time, with locks as the browser grants them. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import { oneWindow } from "../../../static/call/one.js";

/** Web Locks of one browser: first come, first served, and whoever waits may give up. */
class Locks {
  /** @type {Map<string, Promise<unknown>>} */
  #held = new Map();
  /** @param {number} slow ms that the browser takes to answer */
  constructor(slow = 0) {
    this.slow = slow;
  }
  /** @param {string} name @param {any} options @param {any} [work] */
  async request(name, options, work = options) {
    if (this.slow) await Promise.race([new Promise((done) => setTimeout(done, this.slow)), aborted(options.signal)]);
    if (options.signal?.aborted) throw new DOMException("", "TimeoutError");
    if (options.ifAvailable && this.#held.has(name) && !(await settles(this.#held.get(name)))) return work(null);
    const before = this.#held.get(name) ?? Promise.resolve();
    /** @type {(value?: unknown) => void} */
    let done = () => {};
    const mine = new Promise((resolve) => (done = resolve));
    this.#held.set(name, before.then(() => mine));
    const given = await Promise.race([before.then(() => true), aborted(options.signal)]);
    const result = given && (await work());
    done();
    if (!given) throw new DOMException("", "TimeoutError");
    return result;
  }
}
/** @param {Promise<unknown> | undefined} held @returns {Promise<boolean>} */
const settles = (held) => Promise.race([Promise.resolve(held).then(() => true), settled().then(() => false)]);
/** @param {AbortSignal | undefined} signal @returns {Promise<false>} */
const aborted = (signal) => new Promise((resolve) => signal?.addEventListener("abort", () => resolve(false)));

/** @param {unknown} locks */
const browser = (locks) => Object.defineProperty(globalThis, "navigator", { value: { locks }, configurable: true });
const alive = setInterval(() => {}, 50); // a timed abort alone does not keep Node running
after(() => clearInterval(alive));
const settled = () => new Promise((done) => setImmediate(done));

test("the first window may enter, a second one of the same visit may not, one of another visit may", async () => {
  browser(new Locks());
  const [first, second, other] = [oneWindow("a"), oneWindow("a"), oneWindow("b")];
  assert.equal(await first.free(), true);
  first.enter();
  await settled();
  assert.deepEqual([await second.free(), await other.free()], [false, true]);
});

test("who leaves gives the place back, to whoever has entered meanwhile first", async () => {
  browser(new Locks());
  const [first, second, third] = [oneWindow("a"), oneWindow("a"), oneWindow("a")];
  first.enter();
  second.enter(); // the person said so
  await settled();
  first.leave();
  await settled();
  assert.equal(await third.free(), false);
  second.leave();
  assert.equal(await third.free(), true);
});

test("who is in already is not asked again, and a browser without locks never asks", async () => {
  browser(new Locks());
  const first = oneWindow("a");
  first.enter();
  await settled();
  assert.equal(await first.free(), true);
  browser(undefined);
  assert.equal(await oneWindow("a").free(), true);
});

test("a browser that takes long to answer does not keep anybody out, and still keeps a second window out", async () => {
  browser(new Locks(700));
  const [first, second] = [oneWindow("a"), oneWindow("a")];
  assert.equal(await first.free(), true);
  first.enter();
  await new Promise((done) => setTimeout(done, 800));
  assert.equal(await second.free(), false);
});

test("who reloads waits for the page before to go", async () => {
  browser(new Locks());
  const [before, now] = [oneWindow("a"), oneWindow("a")];
  before.enter();
  await settled();
  setTimeout(before.leave, 200);
  assert.equal(await now.free(), true);
});
