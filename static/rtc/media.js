/** This person's camera, microphone and shared screen: getting them, switching them, losing them. No DOM, no network. */
import { Emitter } from "./emitter.js";
import { failureKind } from "./failure.js";
import { nextTry, tried } from "./retry.js";

/**
 * @typedef {import("./failure.js").FailureKind} FailureKind
 * @typedef {"microphone" | "camera"} Device
 * @typedef {Device | "screen"} Slot
 * @typedef {{microphone: boolean, camera: boolean, screen: boolean}} MediaState
 * @typedef {{track: Slot, state: MediaState, devices: null, problem: Device}} MediaEvents
 */

const SOUND = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
const PICTURE = { width: { ideal: 960 }, height: { ideal: 540 }, frameRate: { ideal: 30, max: 30 } };
const DEVICES = /** @type {const} */ (["microphone", "camera"]);
const BLINK = 1500; // ms that a device may be silenced by the system before others are told
const SETTLE = 500; // ms for the system to give devices back by itself when the page comes into sight
/** @type {Record<Device, PermissionName>} */
const PERMISSIONS = { microphone: /** @type {PermissionName} */ ("microphone"), camera: /** @type {PermissionName} */ ("camera") };

const CLOCK = { now: () => Date.now(), later: (/** @type {() => void} */ work, /** @type {number} */ ms) => void setTimeout(work, ms) };

/** @extends {Emitter<MediaEvents>} */
export class LocalMedia extends Emitter {
  /** @type {Record<Slot, MediaStreamTrack | null>} */
  tracks = { microphone: null, camera: null, screen: null };
  /** What is in the way of each device, null when nothing is. @type {Record<Device, FailureKind | null>} */
  problems = { microphone: null, camera: null };
  /** What the person wants on. @type {Record<Device, boolean>} */
  wanted = { microphone: true, camera: true };
  /** The devices picked, by id; empty means the browser's choice. @type {Record<Device, string>} */
  picked = { microphone: "", camera: "" };
  /** Picked devices that vanished, by id: taken back into use when they return. @type {Record<Device, string>} */
  #missed = { microphone: "", camera: "" };
  /** When lost devices were asked for again. @type {Record<Device, readonly number[]>} */
  #tries = { microphone: [], camera: [] };
  /** The real microphone behind the browser's "default", where it tells. */
  #standard = "";
  /** Between `open` and `close`: outside of it nothing is ever taken into use by itself. */
  #live = false;
  #last = Promise.resolve();

  /**
   * @param {MediaDevices} [devices]
   * @param {Permissions} [permissions]
   * @param {{now: () => number, later: (work: () => void, ms: number) => void}} [clock]
   */
  constructor(devices = navigator.mediaDevices, permissions = globalThis.navigator?.permissions, clock = CLOCK) {
    super();
    this.devices = devices;
    this.permissions = permissions;
    this.clock = clock;
    this.devices?.addEventListener?.("devicechange", () => void this.#devicesChanged());
  }

  /** What others are told. @returns {MediaState} */
  get state() {
    const { microphone, camera, screen } = this.tracks;
    return { microphone: Boolean(microphone?.enabled && !microphone.muted), camera: Boolean(camera && !camera.muted), screen: Boolean(screen) };
  }

  /** Asks for what is wanted, once for both, then for each alone when that fails. Never throws: see `problems`. */
  open() {
    this.#live = true;
    return this.#inTurn(async () => {
      const wanted = DEVICES.filter((device) => this.wanted[device] && !this.tracks[device]);
      if (!wanted.length || (await this.#acquire(wanted))) return;
      if (wanted.length === 2) for (const device of wanted) if (await this.#mayAsk(device)) await this.#acquire([device]);
    });
  }

  /** Mutes by silence, not by letting the device go, so that speaking again is instant. @param {boolean} on */
  microphone(on) {
    return this.#inTurn(async () => {
      this.wanted.microphone = on;
      if (this.tracks.microphone) this.tracks.microphone.enabled = on;
      if (on && this.#lacks("microphone")) await this.#acquire(["microphone"]);
      this.emit("state", this.state);
    });
  }

  /** Stops the camera itself, so that its light goes out. @param {boolean} on */
  camera(on) {
    return this.#inTurn(async () => {
      this.wanted.camera = on;
      if (!on) this.#put("camera", null);
      else if (this.#lacks("camera")) await this.#acquire(["camera"]);
    });
  }

  /** The person asks for what was lost, or the page is in sight again: every device that is wanted is tried anew. @param {number} [wait] ms */
  resume(wait = 0) {
    this.#tries = { microphone: [], camera: [] };
    this.clock.later(() => DEVICES.forEach((device) => void this.#retake(device)), wait);
  }

  /** After a phone call or in another app: what the system does not give back by itself is asked for. */
  awake() {
    if (DEVICES.some((device) => this.tracks[device]?.muted || this.problems[device] === "stopped")) this.resume(SETTLE);
  }

  /** Takes another device into use; one that is off or muted stays so. @param {Device} device @param {string} id an id of `list` */
  pick(device, id) {
    return this.#inTurn(async () => {
      const before = this.picked[device];
      this.picked[device] = id;
      this.#missed[device] = "";
      if (!this.wanted[device] && !this.tracks[device]) return;
      if (device === "camera") this.#put("camera", null); // phones cannot open the second camera beside the first
      if (await this.#acquire([device])) return;
      this.picked[device] = before;
      if (!this.tracks[device]) await this.#acquire([device]);
    });
  }

  /** Asks which screen to show. False when the person thinks better of it. */
  async share() {
    try {
      const stream = await this.devices.getDisplayMedia({ video: { frameRate: { max: 15 } }, audio: false });
      const [track] = stream.getVideoTracks();
      track.contentHint = "detail";
      this.#put("screen", track);
      return true;
    } catch {
      return false;
    }
  }

  unshare() {
    this.#put("screen", null);
  }

  /** What can be picked. Labels are empty until something was allowed. */
  async list() {
    const all = (await this.devices?.enumerateDevices?.()) ?? [];
    /** @param {string} kind */
    const of = (kind) => all.filter((device) => device.kind === kind && device.deviceId);
    return { microphone: of("audioinput"), camera: of("videoinput"), speaker: of("audiooutput") };
  }

  close() {
    this.#live = false;
    for (const slot of /** @type {Slot[]} */ (["microphone", "camera", "screen"])) this.#put(slot, null);
  }

  /** One change of devices at a time. @param {() => Promise<void>} work */
  #inTurn(work) {
    this.#last = this.#last.then(work, work);
    return this.#last;
  }

  /** @param {Device[]} wanted @returns {Promise<boolean>} */
  async #acquire(wanted) {
    try {
      const stream = await this.devices.getUserMedia(this.#constraints(wanted));
      if (!this.#live) stream.getTracks().forEach((track) => track.stop()); // left while the browser asked
      if (!this.#live) return true;
      for (const track of stream.getTracks()) this.#put(track.kind === "audio" ? "microphone" : "camera", track);
      return true;
    } catch (error) {
      return this.#withoutPicks(wanted, failureKind(error));
    }
  }

  /** A picked device may be gone for good: then any will do. @param {Device[]} wanted @param {FailureKind} kind @returns {Promise<boolean>} */
  async #withoutPicks(wanted, kind) {
    const picked = wanted.filter((device) => this.picked[device]);
    for (const device of picked) this.picked[device] = "";
    if (kind === "none" && picked.length) return this.#acquire(wanted);
    for (const device of wanted) this.#failed(device, kind);
    return false;
  }

  /** @param {Device[]} wanted @returns {MediaStreamConstraints} */
  #constraints(wanted) {
    /** @param {Device} device @param {MediaTrackConstraints} rest */
    const one = (device, rest) => {
      const id = this.picked[device];
      return wanted.includes(device) && { ...rest, ...(id ? { deviceId: { exact: id } } : device === "camera" ? { facingMode: "user" } : {}) };
    };
    return { audio: one("microphone", SOUND), video: one("camera", PICTURE) };
  }

  /** A second question right after a refusal would be rude, unless only the other device was refused. @param {Device} device */
  async #mayAsk(device) {
    if (this.problems[device] !== "denied") return true;
    const status = await this.permissions?.query({ name: PERMISSIONS[device] }).catch(() => null);
    return status?.state === "granted";
  }

  /** @param {Device} device @param {FailureKind} kind */
  #failed(device, kind) {
    this.problems[device] = kind;
    this.emit("problem", device);
  }

  /** @param {Slot} slot @param {MediaStreamTrack | null} track */
  #put(slot, track) {
    const old = this.tracks[slot];
    if (old === track) return;
    this.tracks[slot] = track;
    if (track && slot !== "screen") this.problems[slot] = null;
    if (track && slot === "microphone") track.enabled = this.wanted.microphone;
    if (track) this.#follow(slot, track);
    this.emit("track", slot);
    this.emit("state", this.state);
    old?.stop();
  }

  /** @param {Slot} slot @param {MediaStreamTrack} track */
  #follow(slot, track) {
    track.addEventListener("ended", () => this.#ended(slot, track));
    if (slot === "screen") return;
    track.addEventListener("mute", () => this.clock.later(() => this.#silenced(slot, track), BLINK));
    track.addEventListener("unmute", () => this.#silenced(slot, track));
  }

  /** Unplugged, taken by another program, or sharing stopped from the browser's own bar. @param {Slot} slot @param {MediaStreamTrack} track */
  #ended(slot, track) {
    if (this.tracks[slot] !== track) return;
    if (slot !== "screen") {
      this.#missed[slot] = this.picked[slot];
      this.picked[slot] = "";
    }
    this.#put(slot, null);
    if (slot !== "screen") this.#recover(slot);
  }

  /** The system has taken a device away for a while, as iOS does in a phone call, or given it back. @param {Device} device @param {MediaStreamTrack} track */
  #silenced(device, track) {
    if (this.tracks[device] !== track) return;
    this.problems[device] = track.muted ? "interrupted" : null;
    this.emit("problem", device);
    this.emit("state", this.state);
    if (track.muted) this.#recover(device);
  }

  /** Asks again for a device that was lost, as often as retry.js allows; then it is up to the person. @param {Device} device */
  #recover(device) {
    if (!this.wanted[device]) return;
    const wait = nextTry(this.#tries[device], this.clock.now());
    if (wait === null) this.#failed(device, "stopped");
    else if (wait === 0) void this.#retake(device);
    else this.clock.later(() => void this.#retake(device), wait);
  }

  /** @param {Device} device */
  #retake(device) {
    return this.#inTurn(async () => {
      if (!this.#live || !this.wanted[device] || !this.#lacks(device)) return;
      this.#tries[device] = tried(this.#tries[device], this.clock.now());
      const had = await this.#acquire([device]);
      const silenced = this.tracks[device]?.muted && (had || this.problems[device] === "in-use");
      if (silenced) this.#failed(device, "interrupted"); // the reason is still the same
      if (silenced || this.problems[device] === "in-use") this.#recover(device);
    });
  }

  /** Whether there is nothing to be seen or heard from it. @param {Device} device */
  #lacks(device) {
    const track = this.tracks[device];
    return !track || track.muted;
  }

  /** What was missing may have just been plugged in, what was picked may be back, and a headset may be the new default. */
  async #devicesChanged() {
    this.emit("devices", null);
    if (!this.#live) return;
    if (!Object.values(this.problems).includes("denied")) await this.open();
    const found = await this.list();
    for (const device of DEVICES) {
      const missed = this.#missed[device];
      if (missed && found[device].some(({ deviceId }) => deviceId === missed)) await this.pick(device, missed);
    }
    const standard = found.microphone.find(({ deviceId }) => deviceId === "default")?.groupId ?? "";
    const another = this.#standard && standard && standard !== this.#standard;
    this.#standard = standard;
    if (another && !this.picked.microphone && this.tracks.microphone) await this.#inTurn(async () => void (await this.#acquire(["microphone"])));
  }
}
