/** static/rtc/media.js with devices of the test's own: what is asked for, kept, given up. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { LocalMedia } from "../../../static/rtc/media.js";

class Track extends EventTarget {
  enabled = true;
  stopped = false;
  muted = false;
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
  /** @type {{kind: string, deviceId: string, groupId: string, label: string}[]} */
  found = [];
  async enumerateDevices() { return this.found; }
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

/** A clock that stands still until `pass` lets all that was put off happen, in order of its time. */
class Clock {
  time = 0;
  /** @type {{work: () => void, at: number}[]} */
  waiting = [];
  now = () => this.time;
  /** @param {() => void} work @param {number} ms */
  later = (work, ms) => void this.waiting.push({ work, at: this.time + ms });
  /** @param {number} ms */
  async pass(ms) {
    const until = this.time + ms;
    for (;;) {
      await new Promise((done) => setImmediate(done));
      const [next] = this.waiting.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at);
      if (!next) break;
      this.waiting.splice(this.waiting.indexOf(next), 1);
      this.time = next.at;
      next.work();
    }
    this.time = until;
  }
}

/** @param {Devices} devices @param {Clock} clock */
const timed = (devices, clock) => new LocalMedia(/** @type {any} */ (devices), undefined, clock);
/** @param {LocalMedia} mine @param {"microphone" | "camera"} device @param {boolean} muted */
function silence(mine, device, muted) {
  const track = /** @type {any} */ (mine.tracks[device]);
  track.muted = muted;
  track.dispatchEvent(new Event(muted ? "mute" : "unmute"));
}

test("a camera that another program takes is asked for four times, ever later, and then waits for a tap", async () => {
  let busy = false;
  const devices = new Devices(() => (busy ? "NotReadableError" : null));
  const clock = new Clock();
  const mine = timed(devices, clock);
  await mine.open();
  busy = true;
  mine.tracks.camera?.dispatchEvent(new Event("ended"));
  await clock.pass(3_600_000);
  assert.deepEqual([devices.asked.length - 1, mine.problems.camera, mine.state.camera], [4, "stopped", false]);
  busy = false;
  mine.resume();
  await clock.pass(0);
  assert.deepEqual([mine.problems.camera, mine.state], [null, both]);
});

test("a device that dies again as soon as it is had does not make an endless loop", async () => {
  const devices = new Devices();
  const clock = new Clock();
  const mine = timed(devices, clock);
  mine.on("track", () => setImmediate(() => mine.tracks.camera?.dispatchEvent(new Event("ended"))));
  await mine.open();
  await clock.pass(55_000);
  assert.ok(devices.asked.length <= 5, `${devices.asked.length}`);
});

test("a phone call silences both: others are told, and told again when the system gives them back", async () => {
  const clock = new Clock();
  const devices = new Devices();
  const mine = timed(devices, clock);
  await mine.open();
  devices.refuse = () => "NotReadableError"; // for as long as the phone call lasts
  silence(mine, "microphone", true);
  silence(mine, "camera", true);
  await clock.pass(1600);
  assert.deepEqual(mine.state, { microphone: false, camera: false, screen: false });
  assert.deepEqual(mine.problems, { microphone: "interrupted", camera: "interrupted" });
  await clock.pass(600_000); // ten minutes on the phone
  assert.ok(devices.asked.length <= 9, `${devices.asked.length}`);
  silence(mine, "microphone", false);
  silence(mine, "camera", false);
  assert.deepEqual([mine.state, mine.problems], [both, { microphone: null, camera: null }]);
});

test("a blink of the system is not told to anybody", async () => {
  const clock = new Clock();
  const mine = timed(new Devices(), clock);
  await mine.open();
  let told = 0;
  mine.on("problem", () => told++);
  silence(mine, "camera", true);
  await clock.pass(1000);
  silence(mine, "camera", false);
  await clock.pass(5000);
  assert.deepEqual([mine.problems.camera, mine.state.camera], [null, true]);
  assert.equal(mine.tracks.camera && told <= 2, true);
});

test("what is still silent when the page is in sight again is taken anew, and a muted person stays muted", async () => {
  const clock = new Clock();
  const devices = new Devices();
  const mine = timed(devices, clock);
  await mine.open();
  await mine.microphone(false);
  const before = mine.tracks.camera;
  /** @type {any} */ (mine.tracks.camera).muted = true;
  mine.awake();
  await clock.pass(600);
  assert.notEqual(mine.tracks.camera, before);
  assert.deepEqual(mine.state, { microphone: false, camera: true, screen: false });
});

test("a picked headset that is unplugged gives way to another microphone, and is used again when it is back", async () => {
  const devices = new Devices();
  const mine = media(devices);
  await mine.open();
  await mine.pick("microphone", "headset");
  mine.tracks.microphone?.dispatchEvent(new Event("ended"));
  await mine.open();
  assert.equal(/** @type {any} */ (mine.tracks.microphone).id, "default");
  devices.found = [{ kind: "audioinput", deviceId: "headset", groupId: "h", label: "" }];
  devices.dispatchEvent(new Event("devicechange"));
  await new Promise((done) => setImmediate(done));
  assert.equal(/** @type {any} */ (mine.tracks.microphone).id, "headset");
});

test("when the system's default microphone becomes another, it is followed by whoever has picked none", async () => {
  const devices = new Devices();
  const mine = media(devices);
  await mine.open();
  for (const groupId of ["laptop", "laptop", "earphones"]) {
    devices.found = [{ kind: "audioinput", deviceId: "default", groupId, label: "" }];
    devices.dispatchEvent(new Event("devicechange"));
    await new Promise((done) => setImmediate(done));
  }
  assert.equal(devices.asked.length, 2);
});

test("after leaving nothing is taken into use by itself: no retry, no new device, no page in sight", async () => {
  let busy = false;
  const devices = new Devices(() => (busy ? "NotReadableError" : null));
  const clock = new Clock();
  const mine = timed(devices, clock);
  await mine.open();
  busy = true;
  mine.tracks.camera?.dispatchEvent(new Event("ended"));
  await clock.pass(500);
  const asked = devices.asked.length;
  mine.close();
  busy = false;
  devices.dispatchEvent(new Event("devicechange"));
  mine.awake();
  await clock.pass(60_000);
  assert.deepEqual([devices.asked.length, mine.state], [asked, { microphone: false, camera: false, screen: false }]);
});

test("a camera that the browser grants after the person has left is let go at once", async () => {
  const devices = new Devices();
  const mine = media(devices);
  const asking = mine.open();
  mine.close();
  await asking;
  assert.deepEqual(mine.tracks, { microphone: null, camera: null, screen: null });
});
