/** static/rtc/adapt.js: how the picture gives way to the sound, and comes back. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { adapt, capsOf, highest, insist, newPicture } from "../../../static/rtc/adapt.js";

const clean = { available: 2_000_000, loss: 0, roundTrip: 40 };
/**
 * Feeds a reading a second for so long; tells the level after each change.
 * @param {import("../../../static/rtc/adapt.js").Picture} picture @param {Partial<typeof clean>} seen @param {number} seconds @param {{links?: number, from?: number}} [how]
 */
function pass(picture, seen, seconds, { links = 1, from = 0 } = {}) {
  const levels = [];
  for (let at = 0; at <= seconds; at++) {
    const next = adapt(picture, { ...clean, ...seen }, links, from + at * 1000);
    if (next.level !== picture.level) levels.push([at, next.level]);
    picture = next;
  }
  return { picture, levels };
}

test("a good connection sends everything", () => {
  assert.deepEqual(pass(newPicture(), {}, 60).levels, []);
  assert.deepEqual(capsOf(4).camera, { active: true, maxBitrate: 1_500_000, scaleResolutionDownBy: 1, maxFramerate: 30 });
});

test("three seconds of trouble change nothing, four send less", () => {
  assert.deepEqual(pass(newPicture(), { available: 200_000 }, 3).levels, []);
  assert.deepEqual(pass(newPicture(), { available: 200_000 }, 5).levels, [[4, 2]]);
});

test("below what a picture needs only sound is sent, after six seconds", () => {
  assert.deepEqual(pass(newPicture(), { available: 30_000 }, 10).levels, [[6, 0]]);
  assert.equal(capsOf(0).camera.active, false);
});

test("loss lowers the picture a step at a time, and only hopeless loss stops it", () => {
  assert.deepEqual(pass(newPicture(), { loss: 0.1 }, 40).levels.map(([, level]) => level), [3, 2, 1]);
  assert.equal(pass(newPicture(), { loss: 0.3 }, 40).picture.level, 0);
});

test("five lost in a hundred and a third of a second of delay are borne at full picture", () => {
  assert.deepEqual(pass(newPicture(), { loss: 0.05, roundTrip: 600 }, 60).levels, []);
});

test("from sound only the picture comes back by steps when the connection is calm", () => {
  const { picture } = pass(newPicture(), { available: 30_000 }, 10);
  assert.deepEqual(pass(picture, {}, 60, { from: 100_000 }).levels.map(([, level]) => level), [1, 2, 3, 4]);
});

test("the first step out of sound only needs no measured room, for nothing can be measured without a picture", () => {
  const { picture } = pass(newPicture(), { available: 30_000 }, 10);
  assert.deepEqual(pass(picture, { available: 35_000 }, 9, { from: 11_000 }).levels, [[4, 1]]);
});

test("each step up that does not hold makes the next wait twice as long, so the picture does not flicker", () => {
  const { picture } = pass(newPicture(), { available: 30_000 }, 300);
  const { levels } = pass(picture, { available: 30_000 }, 600, { from: 301_000 });
  const rises = levels.filter(([, level]) => level === 1).map(([at]) => at);
  assert.ok(rises.length <= 10 && rises.length >= 6, `${rises}`);
});

test("a person who insists keeps the smallest picture, whatever is measured", () => {
  const { picture } = pass(newPicture(), { available: 30_000 }, 10);
  const seen = insist(picture);
  assert.equal(seen.level, 1);
  assert.equal(pass(seen, { available: 20_000, loss: 0.5 }, 60, { from: 20_000 }).picture.level, 1);
});

test("with more links each may send less, at once, and more again when they are fewer", () => {
  assert.deepEqual([0, 1, 2, 3, 6].map(highest), [4, 4, 3, 2, 2]);
  const { picture, levels } = pass(newPicture(), {}, 1, { links: 2 });
  assert.deepEqual(levels, [[0, 3]]);
  assert.deepEqual(pass(picture, {}, 20, { from: 10_000 }).levels, [[8, 4]]);
});

test("a browser that estimates nothing is judged by loss and delay alone", () => {
  const unknown = /** @type {any} */ ({ available: null, loss: null, roundTrip: null });
  assert.deepEqual(pass(newPicture(), unknown, 60).levels, []);
  assert.equal(pass(newPicture(), { ...unknown, loss: 0.1 }, 30).picture.level, 1);
});

test("a picture that may use up all it is allowed grows, though the browser cannot see further than that", () => {
  const { picture } = pass(newPicture(), { available: 200_000 }, 5);
  assert.equal(pass(picture, { available: 290_000 }, 9, { from: 50_000 }).picture.level, 3);
});
