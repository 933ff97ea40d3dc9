/** The ways to connect that the server offers: kept, and fetched anew well before the relays' passwords expire. */

const SHARE = 0.75; // of the passwords' life
const LONGEST = 2 ** 31 - 1; // ms: timers of browsers overflow beyond
const SHORTEST = 30_000; // ms
const AGAIN = 60_000; // ms after which a renewal that failed is tried again

/** @typedef {{iceServers: RTCIceServer[], iceTransportPolicy: RTCIceTransportPolicy, iceLifetime?: number}} Answer iceLifetime: seconds, 0 when nothing expires */

/** ms from now until newer ones should be fetched, null for never. Pure. @param {number | undefined} lifetime seconds */
export function renewIn(lifetime) {
  return lifetime ? Math.min(LONGEST, Math.max(SHORTEST, lifetime * 1000 * SHARE)) : null;
}

export class Relays {
  /** @type {RTCConfiguration} */
  configuration = {};
  /** @type {any} */
  #timer;

  /**
   * @param {{url: string, changed: () => void, ask?: (url: string) => Promise<Answer | null>, later?: (work: () => void, ms: number) => any,
   *   never?: (timer: any) => void}} wiring changed: newer ones are to be taken into use; the rest is the browser's own
   */
  constructor({ url, changed, ask = answerFrom, later = setTimeout, never = clearTimeout }) {
    /** @type {(work: () => void, ms: number) => any} */
    this.later = (work, ms) => later(work, ms); // a browser's own timers refuse to be called as a method
    /** @type {(timer: any) => void} */
    this.never = (timer) => never(timer);
    this.url = url;
    this.changed = changed;
    this.ask = ask;
  }

  /** @param {Answer} answer */
  take({ iceServers, iceTransportPolicy, iceLifetime }) {
    this.configuration = { bundlePolicy: "max-bundle", iceServers, iceTransportPolicy };
    this.#renewAfter(renewIn(iceLifetime));
    this.changed();
  }

  /** Lets them expire: the call is over. */
  stop() {
    this.never(this.#timer);
  }

  /** @param {number | null} ms */
  #renewAfter(ms) {
    this.never(this.#timer);
    if (ms !== null) this.#timer = this.later(() => void this.#renew(), ms);
  }

  async #renew() {
    const timer = this.#timer;
    const answer = await this.ask(this.url).catch(() => null);
    if (timer !== this.#timer) return; // a new ticket has brought newer ones meanwhile
    if (answer?.iceServers.length) this.take(answer);
    else this.#renewAfter(AGAIN);
  }
}

/** @param {string} url @returns {Promise<Answer | null>} */
async function answerFrom(url) {
  const answer = await fetch(url, { method: "POST", headers: { Accept: "application/json", "X-Background": "1" } });
  return answer.ok ? answer.json() : null;
}
