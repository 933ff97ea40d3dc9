/** This person's camera, microphone and shared screen: getting them, switching them, losing them. No DOM, no network. */
import { Emitter } from "./emitter.js";
import { failureKind } from "./failure.js";

/**
 * @typedef {import("./failure.js").FailureKind} FailureKind
 * @typedef {"microphone" | "camera"} Device
 * @typedef {Device | "screen"} Slot
 * @typedef {{microphone: boolean, camera: boolean, screen: boolean}} MediaState
 * @typedef {{track: Slot, state: MediaState, devices: null, problem: Device}} MediaEvents
 */

const SOUND = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
const PICTURE = { width: { ideal: 960 }, height: { ideal: 540 }, frameRate: { ideal: 30, max: 30 } };
/** @type {Record<Device, PermissionName>} */
const PERMISSIONS = { microphone: /** @type {PermissionName} */ ("microphone"), camera: /** @type {PermissionName} */ ("camera") };

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
  #last = Promise.resolve();

  /** @param {MediaDevices} [devices] @param {Permissions} [permissions] */
  constructor(devices = navigator.mediaDevices, permissions = globalThis.navigator?.permissions) {
    super();
    this.devices = devices;
    this.permissions = permissions;
    this.devices?.addEventListener?.("devicechange", () => void this.#devicesChanged());
  }

  /** What others are told. @returns {MediaState} */
  get state() {
    const { microphone, camera, screen } = this.tracks;
    return { microphone: Boolean(microphone?.enabled), camera: Boolean(camera), screen: Boolean(screen) };
  }

  /** Asks for what is wanted, once for both, then for each alone when that fails. Never throws: see `problems`. */
  open() {
    return this.#inTurn(async () => {
      const wanted = /** @type {Device[]} */ (["microphone", "camera"]).filter((device) => this.wanted[device] && !this.tracks[device]);
      if (!wanted.length || (await this.#acquire(wanted))) return;
      if (wanted.length === 2) for (const device of wanted) if (await this.#mayAsk(device)) await this.#acquire([device]);
    });
  }

  /** Mutes by silence, not by letting the device go, so that speaking again is instant. @param {boolean} on */
  microphone(on) {
    return this.#inTurn(async () => {
      this.wanted.microphone = on;
      if (this.tracks.microphone) this.tracks.microphone.enabled = on;
      else if (on) await this.#acquire(["microphone"]);
      this.emit("state", this.state);
    });
  }

  /** Stops the camera itself, so that its light goes out. @param {boolean} on */
  camera(on) {
    return this.#inTurn(async () => {
      this.wanted.camera = on;
      if (!on) this.#put("camera", null);
      else if (!this.tracks.camera) await this.#acquire(["camera"]);
    });
  }

  /** Takes another device into use; one that is off or muted stays so. @param {Device} device @param {string} id an id of `list` */
  pick(device, id) {
    return this.#inTurn(async () => {
      const before = this.picked[device];
      this.picked[device] = id;
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
    track?.addEventListener("ended", () => void this.#ended(slot, track));
    this.emit("track", slot);
    this.emit("state", this.state);
    old?.stop();
  }

  /** Unplugged, taken by a phone call, or sharing stopped from the browser's own bar. @param {Slot} slot @param {MediaStreamTrack} track */
  async #ended(slot, track) {
    if (this.tracks[slot] !== track) return;
    this.#put(slot, null);
    if (slot === "screen") return;
    this.picked[slot] = "";
    if (this.wanted[slot]) await this.#inTurn(async () => void (await this.#acquire([slot])));
  }

  async #devicesChanged() {
    this.emit("devices", null);
    if (!Object.values(this.problems).includes("denied")) await this.open(); // what was missing may have just been plugged in
  }
}
