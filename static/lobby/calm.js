/**
 * Who is there changes often, and nobody waits for it: a page that is looked at hears of it a little later, the later the
 * more colleagues there are, so that a thousand pages do not ask at once; one that is not looked at hears of it when it is.
 */

export const EACH = 30; // ms of the longest wait, for each colleague
export const MOST = 30000; // ms

/**
 * @typedef {object} Surroundings
 * @property {() => number} people how many colleagues there are, 0 where none are shown
 * @property {() => boolean} hidden whether nobody looks at the page
 * @property {(work: () => void, ms: number) => unknown} [later]
 * @property {() => number} [random]
 */

export class Calm {
  #waits = false;
  #missed = false;

  /** @param {() => void} tell @param {Surroundings} around */
  constructor(tell, { people, hidden, later = setTimeout.bind(null), random = Math.random }) {
    this.tell = tell;
    this.people = people;
    this.hidden = hidden;
    this.later = later;
    this.random = random;
  }

  /** Something changed: of all that is heard during the wait the page is told once. */
  hear() {
    if (this.#waits) return;
    this.#waits = true;
    this.later(() => this.#over(), this.random() * Math.min(MOST, EACH * this.people()));
  }

  /** The page is looked at again, or not any more. */
  looked() {
    if (this.#missed && !this.hidden()) this.#told();
  }

  #over() {
    this.#waits = false;
    if (this.hidden()) this.#missed = true;
    else this.#told();
  }

  #told() {
    this.#missed = false;
    this.tell();
  }
}
