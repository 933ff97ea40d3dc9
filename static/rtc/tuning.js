/** Measures every link every two seconds and limits what it sends to what it can carry. Decides nothing itself: see adapt.js. */
import { adapt, capsOf, insist, newPicture } from "./adapt.js";
import { Emitter } from "./emitter.js";

/**
 * @typedef {import("./stats.js").Sample} Sample
 * @typedef {{id: string, before: Sample | null, sample: Sample}} Reading
 * @typedef {{read: Reading, paused: {id: string, paused: boolean}}} TuningEvents `paused`: our picture to this person
 */

const EVERY = 2000; // ms

/** @extends {Emitter<TuningEvents>} */
export class Tuning extends Emitter {
  /** @type {Map<string, import("./adapt.js").Picture>} */
  #pictures = new Map();
  /** @type {Map<string, Sample>} */
  #before = new Map();
  #insisted = false;

  /** @param {import("./session.js").Session} session */
  constructor(session) {
    super();
    this.session = session;
    session.on("left", ({ id }) => {
      this.#pictures.delete(id);
      this.#before.delete(id);
    });
    setInterval(() => void this.#readAll(), EVERY);
  }

  /** Whether the camera is kept back from this person. @param {string} id */
  paused(id) {
    return this.#pictures.get(id)?.level === 0;
  }

  /** The person wants to be seen, however badly: from now on the picture gets small, but stays. */
  insist() {
    this.#insisted = true;
    for (const [id, picture] of this.#pictures) this.#set(id, insist(picture));
  }

  async #readAll() {
    for (const [id, peer] of this.session.peers) {
      const sample = peer.connected ? await peer.sample().catch(() => null) : null;
      if (sample && this.session.peers.get(id) === peer) this.#read(id, sample);
    }
  }

  /** @param {string} id @param {Sample} sample */
  #read(id, sample) {
    const links = this.session.peers.size;
    const picture = this.#pictures.get(id) ?? newPicture(links, this.#insisted);
    const { availableOutgoing: available, sentLoss: loss, roundTrip } = sample;
    this.#set(id, adapt(picture, { available, loss, roundTrip }, links, sample.at));
    this.emit("read", { id, before: this.#before.get(id) ?? null, sample });
    this.#before.set(id, sample);
  }

  /** @param {string} id @param {import("./adapt.js").Picture} picture */
  #set(id, picture) {
    const before = this.paused(id);
    this.#pictures.set(id, picture);
    this.session.peers.get(id)?.limit(capsOf(picture.level));
    if (this.paused(id) !== before) this.emit("paused", { id, paused: !before });
  }
}
