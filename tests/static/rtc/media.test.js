/** static/rtc/media.js with devices of the test's own: what is asked for, kept, given up. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { LocalMedia } from "../../../static/rtc/media.js";

class Track extends EventTarget {
  enabled = true;
  stopped = false;
  /** @param {"audio" | "video"} kind @param {string} id */
  constructor(kind, id) { super(); this.kind = kind; this.id = id; }
  stop() { this.stopped = true; }
}

/** Devices that answer getUserMedia from a script: an error by name, or tracks for what was asked. */
class Devices extends EventTarget {
  /** @type {MediaStreamConstraints[]} */
  asked = [];
  /** @param {(wanted: {audio: any, video: any}) => string | null} refuse name of the error, or null */
  constructor(refuse = () => null) { super(); this.refuse = refuse; }
  /** @param {{audio: any, video: any}} wanted */
  async getUserMedia(wanted) {
    this.asked.push(wanted);
    const error = this.refuse(wanted);
    if (error) throw new DOMException("", error);
    const kinds = /** @type {const} */ (["audio", "video"]).filter((kind) => wanted[kind]);
    const tracks = kinds.map((kind) => new Track(kind, wanted[kind].deviceId?.exact ?? "default"));
    return { getTracks: () => tracks };
  }
}

/** @param {Devices} devices */
const media = (devices) => new LocalMedia(/** @type {any} */ (devices));
const both = { microphone: true, camera: true, screen: false };

test("camera and microphone are asked for in one question", async () => {
  const devices = new Devices();
  const mine = media(devices);
  await mine.open();
  assert.equal(devices.asked.length, 1);
  assert.deepEqual(mine.state, both);
});

test("without a camera the microphone alone is had, and the camera's problem is known", async () => {
  const mine = media(new Devices(({ video }) => (video ? "NotFoundError" : null)));
  await mine.open();
  assert.deepEqual(mine.state, { microphone: true, camera: false, screen: false });
  assert.deepEqual(mine.problems, { microphone: null, camera: "none" });
});

test("a refusal is not answered with a second question", async () => {
  const devices = new Devices(() => "NotAllowedError");
  const mine = media(devices);
  await mine.open();
  assert.equal(devices.asked.length, 1);
  assert.deepEqual(mine.problems, { microphone: "denied", camera: "denied" });
});

test("a picked device that is gone for good is forgotten, and any other is taken", async () => {
  const mine = media(new Devices(({ video }) => (video?.deviceId ? "OverconstrainedError" : null)));
  mine.picked.camera = "unplugged";
  await mine.open();
  assert.deepEqual(mine.state, both);
  assert.equal(mine.picked.camera, "");
});

test("muting keeps the microphone and only silences it", async () => {
  const mine = media(new Devices());
  await mine.open();
  const track = mine.tracks.microphone;
  await mine.microphone(false);
  assert.equal(mine.tracks.microphone, track);
  assert.deepEqual([track?.enabled, mine.state.microphone], [false, false]);
  await mine.microphone(true);
  assert.equal(mine.state.microphone, true);
});

test("stopping the camera lets the device go, so that its light goes out", async () => {
  const mine = media(new Devices());
  await mine.open();
  const track = /** @type {any} */ (mine.tracks.camera);
  await mine.camera(false);
  assert.equal(track.stopped, true);
  assert.equal(mine.state.camera, false);
});

test("a muted person who switches microphones stays muted", async () => {
  const mine = media(new Devices());
  await mine.open();
  await mine.microphone(false);
  const before = /** @type {any} */ (mine.tracks.microphone);
  await mine.pick("microphone", "headset");
  assert.equal(before.stopped, true);
  assert.equal(/** @type {any} */ (mine.tracks.microphone).id, "headset");
  assert.equal(mine.state.microphone, false);
});

test("picking a camera while it is off does not turn it on", async () => {
  const devices = new Devices();
  const mine = media(devices);
  await mine.open();
  await mine.camera(false);
  await mine.pick("camera", "back");
  assert.deepEqual([mine.state.camera, devices.asked.length], [false, 1]);
  await mine.camera(true);
  assert.equal(/** @type {any} */ (mine.tracks.camera).id, "back");
});

test("when only the camera is refused the microphone is still asked for, if the browser says that it is allowed", async () => {
  const devices = new Devices(({ video }) => (video ? "NotAllowedError" : null));
  const permissions = { query: async (/** @type {{name: string}} */ { name }) => ({ state: name === "camera" ? "denied" : "granted" }) };
  const mine = new LocalMedia(/** @type {any} */ (devices), /** @type {any} */ (permissions));
  await mine.open();
  assert.deepEqual(mine.state, { microphone: true, camera: false, screen: false });
  assert.equal(devices.asked.length, 2);
});

test("when the picked camera cannot be opened the one before comes back", async () => {
  const mine = media(new Devices(({ video }) => (video?.deviceId?.exact === "busy" ? "NotReadableError" : null)));
  await mine.open();
  await mine.pick("camera", "busy");
  assert.equal(mine.state.camera, true);
});

test("a camera that is pulled out is replaced by another", async () => {
  const mine = media(new Devices());
  await mine.open();
  const pulled = mine.tracks.camera;
  pulled?.dispatchEvent(new Event("ended"));
  await mine.open(); // waits its turn behind the replacement
  assert.notEqual(mine.tracks.camera, pulled);
  assert.equal(mine.state.camera, true);
});

test("a device that is plugged in is taken into use when one was missing", async () => {
  let plugged = false;
  const devices = new Devices(({ video }) => (video && !plugged ? "NotFoundError" : null));
  const mine = media(devices);
  await mine.open();
  plugged = true;
  devices.dispatchEvent(new Event("devicechange"));
  await mine.open();
  assert.deepEqual(mine.state, both);
  assert.equal(mine.problems.camera, null);
});

test("somebody who wants no camera is not asked for one", async () => {
  const devices = new Devices();
  const mine = media(devices);
  mine.wanted.camera = false;
  await mine.open();
  assert.equal(devices.asked[0].video, false);
  assert.deepEqual(mine.state, { microphone: true, camera: false, screen: false });
});
