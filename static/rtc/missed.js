/** What was written in the chat while this page was away: asked for until the server answers, for nobody will send it again. */
import { backoff } from "./backoff.js";

/** @typedef {Omit<import("./chatlog.js").Said, "state">} Written */

export class Missed {
  /** The latest time it was asked for; one that began before is pointless. */
  #turn = 0;

  /**
   * @param {{url: string, got: (written: readonly Written[]) => void, ask?: (url: string) => Promise<Pick<Response, "ok" | "status" | "json">>,
   *   later?: (work: () => void, ms: number) => void}} wiring the last two are the browser's own
   */
  constructor({ url, got, ask = answerOf, later = (work, ms) => void setTimeout(work, ms) }) {
    this.url = url;
    this.got = got;
    this.ask = ask;
    this.later = later;
  }

  /** Begins to ask; what is asked for still is given up. */
  fetch() {
    void this.#try(++this.#turn, 0);
  }

  /** No longer wanted. */
  stop() {
    this.#turn++;
  }

  /** @param {number} turn @param {number} attempt */
  async #try(turn, attempt) {
    const written = await this.#answer();
    if (turn !== this.#turn) return;
    if (written) this.got(written);
    else this.later(() => void (turn === this.#turn && this.#try(turn, attempt + 1)), backoff(attempt, Math.random()));
  }

  /** Null when it has to be asked for again; a refusal is an answer too. @returns {Promise<readonly Written[] | null>} */
  async #answer() {
    try {
      const answer = await this.ask(this.url);
      if (answer.ok) return (await answer.json()).messages;
      return answer.status >= 500 || answer.status === 429 ? null : [];
    } catch {
      return null;
    }
  }
}

/** @param {string} url */
function answerOf(url) {
  return fetch(url, { headers: { Accept: "application/json" } });
}
