/** static/rtc/roster.js: what a welcome, a return and a departure mean for the links. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { joined, left, lost, switched, welcomed } from "../../../static/rtc/roster.js";

const media = { microphone: true, camera: true, screen: false };
/** @param {string} id @param {string} [instance] */
const person = (id, instance = "page-1") => ({ id, name: id, role: /** @type {const} */ ("practitioner"), instance, media });
/** @param {...import("../../../static/rtc/protocol.js").Participant} people */
const room = (...people) => new Map(people.map((each) => [each.id, each]));
const never = () => false;

test("on the first welcome a link is opened to everyone present", () => {
  assert.deepEqual(welcomed(new Map(), [person("okafor")], never).opened, ["okafor"]);
});

test("on a return to signaling the same page keeps its link", () => {
  const change = welcomed(room(person("okafor")), [person("okafor")], never);
  assert.deepEqual([change.opened, change.reset, change.kept, change.closed], [[], [], ["okafor"], []]);
});

test("somebody who refreshed meanwhile gets a new link", () => {
  assert.deepEqual(welcomed(room(person("okafor")), [person("okafor", "page-2")], never).reset, ["okafor"]);
});

test("after a restart of the server a live link to someone not back yet is left alone", () => {
  const change = welcomed(room(person("okafor")), [], () => true);
  assert.deepEqual(change.closed, []);
  assert.ok(change.roster.has("okafor"));
});

test("somebody who is gone and whose media is gone is let go", () => {
  const change = welcomed(room(person("okafor")), [], never);
  assert.deepEqual(change.closed, ["okafor"]);
  assert.equal(change.roster.size, 0);
});

test("a newcomer opens a link, a refresh resets it, a return keeps it", () => {
  assert.deepEqual(joined(new Map(), person("brandt")).opened, ["brandt"]);
  assert.deepEqual(joined(room(person("brandt")), person("brandt", "page-2")).reset, ["brandt"]);
  assert.deepEqual(joined(room(person("brandt")), person("brandt")).kept, ["brandt"]);
});

test("leaving closes the link once", () => {
  assert.deepEqual(left(room(person("brandt")), "brandt").closed, ["brandt"]);
  assert.deepEqual(left(new Map(), "brandt").closed, []);
});

test("who is lost to signaling stays while their link carries media, and no longer", () => {
  const before = room(person("brandt"));
  assert.deepEqual(lost(before, "brandt", () => true), { roster: before, opened: [], reset: [], kept: [], closed: [] });
  assert.deepEqual(lost(before, "brandt", () => false).closed, ["brandt"]);
});

test("a media state of a stranger changes nothing", () => {
  const before = room(person("okafor"));
  assert.equal(switched(before, "brandt", media), before);
  assert.equal(switched(before, "okafor", { ...media, camera: false }).get("okafor")?.media.camera, false);
  assert.equal(before.get("okafor")?.media.camera, true, "the old roster is not touched");
});
