/**
 * One RTCPeerConnection to one other person, driven by link.js (what is said) and path.js (when another path is looked for).
 * Three fixed m-lines: audio, camera, screen. Muting, switching and sharing only replace tracks, so nothing is ever negotiated
 * again except a path for the packets.
 */
import { Emitter } from "./emitter.js";
import { instanceOf, newLink, step } from "./link.js";
import { newPath, step as stepPath } from "./path.js";
import { withOpus } from "./sdp.js";
import { limit } from "./senders.js";
import { sample } from "./stats.js";

/**
 * @typedef {import("./link.js").LinkEvent} LinkEvent
 * @typedef {import("./link.js").Effect} Effect
 * @typedef {import("./media.js").Slot} Slot
 * @typedef {Record<Slot, MediaStreamTrack | null>} Tracks
 * @typedef {import("./path.js").PathEvent} PathEvent
 * @typedef {import("./stats.js").Sample} Sample
 * @typedef {{streams: {face: MediaStream, screen: MediaStream} | null, state: RTCPeerConnectionState, restarted: null}} PeerEvents
 *   `restarted`: another path is being looked for
 */

const SLOTS = /** @type {const} */ (["microphone", "camera", "screen"]);
const KINDS = { microphone: "audio", camera: "video", screen: "video" };

/** @extends {Emitter<PeerEvents>} */
export class Peer extends Emitter {
  /** @type {RTCPeerConnection | null} */
  connection = null;
  /** @type {{face: MediaStream, screen: MediaStream} | null} */
  streams = null;
  #work = Promise.resolve();
  /** @type {Promise<void>} */
  #limiting = Promise.resolve();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #answer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #wake;
  /** @type {import("./path.js").Path} */
  #path;
  #began = performance.now();
  #rendered = false;
  /** @type {import("./adapt.js").Caps | null} */
  #caps = null;
  /** @type {{of: RTCPeerConnection, sample: Sample} | null} */
  #sampled = null;

  /**
   * @param {{self: string, peer: string, seed: string, ice: () => RTCConfiguration, tracks: Tracks,
   *   send: (message: {type: string, to: string, body: object}) => void}} wiring tracks is read whenever a connection is made
   */
  constructor({ self, peer, seed, ice, tracks, send }) {
    super();
    this.link = newLink(self, peer, seed);
    this.ice = ice;
    this.tracks = tracks;
    this.send = send;
    this.#path = newPath(this.#began);
    this.feed({ type: "open" });
  }

  /** Whether media has a path now. */
  get connected() {
    return this.connection?.connectionState === "connected";
  }

  /** Folds an event in; what follows from it is done strictly one thing after another. @param {LinkEvent} event */
  feed(event) {
    if (event.type === "offer") this.hint({ type: "asked" });
    const [link, effects] = step(this.link, event);
    this.link = link;
    const instance = instanceOf(link);
    for (const effect of effects) this.#work = this.#work.then(() => this.#perform(effect, instance));
  }

  /** Something from which path.js may conclude that another path is needed. @param {PathEvent} event */
  hint(event) {
    const { path, act, wake } = stepPath(this.#path, event, performance.now());
    this.#path = path;
    clearTimeout(this.#wake);
    if (wake !== null) this.#wake = setTimeout(() => this.hint({ type: "tick" }), wake);
    if (act) this.feed(act === "restart" ? { type: "restart" } : { type: "broken", instance: instanceOf(this.link) });
    if (act) this.emit("restarted", null);
  }

  /** What is measured of the connection now; null when there is none. @returns {Promise<Sample | null>} */
  async sample() {
    const { connection } = this;
    if (!connection) return null;
    const measured = await sample(connection, this.#sampled?.of === connection ? this.#sampled.sample : null);
    this.#sampled = { of: connection, sample: measured };
    return measured;
  }

  /** Sends no more than this from now on, also over connections to come. @param {import("./adapt.js").Caps} caps */
  limit(caps) {
    if (caps === this.#caps) return;
    this.#caps = caps;
    this.#limitSenders();
  }

  /** The first frame of the other person is on the screen. @returns {number | null} ms since the link was wanted; null when it was told before */
  rendered() {
    if (this.#rendered) return null;
    this.#rendered = true;
    return performance.now() - this.#began;
  }

  /** Puts a track (or nothing) on its m-line. @param {Slot} slot */
  async replace(slot) {
    const sender = this.connection?.getTransceivers()[SLOTS.indexOf(slot)]?.sender;
    await sender?.replaceTrack(this.tracks[slot]).catch(() => {}); // a connection being closed: the next one reads the tracks anew
  }

  /** Newer TURN credentials, for the next time a path is looked for. */
  refresh() {
    this.connection?.setConfiguration(this.ice());
  }

  close() {
    this.hint({ type: "state", state: "closed" });
    this.feed({ type: "close" });
  }

  /** @param {Effect} effect @param {string} instance */
  async #perform(effect, instance) {
    switch (effect.do) {
      case "open-connection": return this.#open(effect);
      case "close-connection": return this.#close();
      case "restart-ice": return this.connection?.restartIce();
      case "send-to-peer": return this.send({ type: effect.type, to: this.link.peer, body: effect.body });
      case "await-answer": return this.#await(effect);
      case "add-candidate": return this.connection?.addIceCandidate(effect.candidate ?? undefined).catch(() => {});
      default: return this.#describe(effect, instance).catch(() => this.feed({ type: "broken", instance }));
    }
  }

  /** @param {Extract<Effect, {do: "open-connection"}>} effect */
  #open({ instance, offerer }) {
    this.#close();
    const connection = new RTCPeerConnection(this.ice());
    this.connection = connection;
    this.hint({ type: "state", state: "new" });
    /** @param {LinkEvent} event */
    const feed = (event) => connection === this.connection && this.feed(event);
    connection.addEventListener("negotiationneeded", () => feed({ type: "negotiationneeded", instance }));
    connection.addEventListener("icecandidate", ({ candidate }) => feed({ type: "gathered", instance, candidate: candidate?.toJSON() ?? null }));
    connection.addEventListener("connectionstatechange", () => this.#moved(connection));
    if (offerer) this.#addLines(connection);
  }

  /** @param {RTCPeerConnection} connection */
  #addLines(connection) {
    const together = new MediaStream(); // one stream, so that lips and voice stay together
    for (const slot of SLOTS) {
      const streams = slot === "screen" ? [] : [together];
      connection.addTransceiver(this.tracks[slot] ?? KINDS[slot], { direction: "sendrecv", streams });
    }
    this.#collect(connection);
  }

  /** The answering side takes the lines as they come. @param {RTCPeerConnection} connection */
  async #takeLines(connection) {
    const lines = connection.getTransceivers();
    const together = new MediaStream();
    for (const [at, slot] of SLOTS.entries()) {
      lines[at].direction = "sendrecv";
      if (slot !== "screen") lines[at].sender.setStreams?.(together);
      await lines[at].sender.replaceTrack(this.tracks[slot]);
    }
    this.#collect(connection);
  }

  /** @param {RTCPeerConnection} connection */
  #collect(connection) {
    const [audio, camera, screen] = connection.getTransceivers().map((line) => line.receiver.track);
    this.streams = { face: new MediaStream([audio, camera]), screen: new MediaStream([screen]) };
    this.emit("streams", this.streams);
  }

  /** @param {Extract<Effect, {do: "set-local" | "set-remote"}>} effect @param {string} instance the connection it was meant for */
  async #describe(effect, instance) {
    const connection = this.connection;
    if (!connection) return;
    if (effect.do === "set-remote") {
      await connection.setRemoteDescription({ type: effect.kind, sdp: effect.sdp });
      return effect.kind === "answer" ? this.#limitSenders() : undefined;
    }
    if (effect.kind === "answer" && !this.streams) await this.#takeLines(connection);
    await connection.setLocalDescription();
    const { type, sdp } = connection.localDescription ?? { type: "rollback", sdp: "" };
    if (type === "offer" || type === "answer") this.feed({ type: "local", instance, kind: type, sdp: withOpus(sdp) });
    if (connection.signalingState === "stable") this.#limitSenders();
  }

  /** Once both descriptions are there: before, some browsers know no encodings to limit. */
  #limitSenders() {
    const work = async () => void (this.connection && this.#caps && (await limit(this.connection, this.#caps)));
    this.#limiting = this.#limiting.then(work, work); // a browser refuses parameters that were read before others were set
  }

  /** @param {Extract<Effect, {do: "await-answer"}>} effect */
  #await({ instance, ms }) {
    clearTimeout(this.#answer);
    this.#answer = setTimeout(() => this.feed({ type: "overdue", instance }), ms);
  }

  /** @param {RTCPeerConnection} connection */
  #moved(connection) {
    if (connection !== this.connection) return;
    const state = connection.connectionState;
    this.hint({ type: "state", state });
    if (state === "closed") this.feed({ type: "broken", instance: instanceOf(this.link) });
    this.emit("state", state);
  }

  #close() {
    const old = this.connection;
    clearTimeout(this.#answer);
    clearTimeout(this.#wake);
    this.connection = null; // first, so that its closing is heard as nothing
    this.streams = null;
    old?.close();
    if (old) this.emit("streams", null);
  }
}
