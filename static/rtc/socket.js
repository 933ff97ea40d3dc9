/**
 * The connection to the signaling server: ticket, join, heartbeat, and coming back by itself for as long as it takes.
 * Knows nothing of rooms or media. A lost connection is never an error to a person, only `down` until it is `up` again.
 */
import { backoff, patience } from "./backoff.js";
import { Emitter } from "./emitter.js";
import { heard } from "./hearing.js";
import { SUBPROTOCOLS, envelope, parse } from "./protocol.js";

/**
 * @typedef {import("./protocol.js").Message} Message
 * @typedef {object} TicketAnswer
 * @property {string} ticket
 * @property {string} room
 * @property {string} participant
 * @property {"waiting" | "admitted"} standing
 * @property {RTCIceServer[]} iceServers
 * @property {RTCIceTransportPolicy} iceTransportPolicy
 * @property {number} [iceLifetime] seconds that the passwords in iceServers live
 *
 * @typedef {{socket: WebSocket | null, over: AbortController}} Line one attempt to be connected; what belongs to an earlier one is
 *   not listened to, and not asked for any more
 * @typedef {"ended" | "removed" | "replaced" | "signedout" | "outdated" | "refused"} Ending why it will not come back by itself
 * @typedef {{message: Message, ticket: TicketAnswer, up: null, down: null, over: {why: Ending, message: string}}} SocketEvents
 */

const SILENCE = 5000; // ms without a heartbeat, in a call, after which the connection counts as dead
const SUSPECTED = 3000; // ms, when there is reason to believe that it is dead
const PROBE = 60000; // ms between two proofs of life where there are no heartbeats
/** @type {Record<number, Ending>} */
const ENDINGS = { 4000: "ended", 4001: "removed", 4002: "replaced", 4004: "signedout", 4005: "outdated" };
/** @type {Record<number, Ending>} by HTTP status of the ticket request */
const REFUSALS = { 401: "signedout", 403: "refused", 404: "refused", 409: "refused", 410: "ended" };

/** @extends {Emitter<SocketEvents>} */
export class SignalingSocket extends Emitter {
  /** @type {Line | null} */
  #line = null;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #retry;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #watch;
  #attempt = 0;
  #late = 0;
  #begun = 0;
  #wanted = false;
  /** @type {import("./hearing.js").Heard | null} */
  #heard = null;
  /** @type {TicketAnswer | null} */
  #given;
  up = false;
  beats = false;

  /**
   * @param {{ticketUrl: string, path: string, instance: string, probe?: number, given?: TicketAnswer | null}} where
   *   instance is this page load's random id, `given` a ticket that is here already
   */
  constructor({ ticketUrl, path, instance, probe = PROBE, given = null }) {
    super();
    this.#given = given;
    this.ticketUrl = ticketUrl;
    this.url = new URL(path, location.href.replace(/^http/, "ws")).href;
    this.instance = instance;
    addEventListener("online", () => this.#hurry());
    document.addEventListener("visibilitychange", () => document.hidden || this.#hurry());
    setInterval(() => this.#prove(), probe);
  }

  start() {
    this.#wanted = true;
    if (!this.#line) void this.#connect();
  }

  /** Says goodbye, so that others need not wait for the grace to pass. */
  stop() {
    this.send({ type: "leave", body: {} });
    this.#finish();
  }

  /**
   * Sends when in the room; else it is as if the network had lost it, and whoever sends knows how to send again.
   * @param {{type: string, body: object, to?: string | null, id?: string}} message
   */
  send(message) {
    if (this.up) this.#write(message);
  }

  /** The network has changed, or a link has lost its path: a connection that says nothing now is given up sooner. */
  suspect() {
    if (this.up && this.beats) this.#expect(SUSPECTED);
    else this.#hurry();
  }

  /** A new ticket for the connection at hand: what a waiting person does when admitted. */
  async rejoin() {
    const answer = await this.#ticket();
    if (answer) this.#join(answer);
  }

  async #connect() {
    /** @type {Line} */
    const line = { socket: null, over: new AbortController() };
    this.#line = line;
    this.#begun = performance.now();
    this.#expect(patience(this.#late));
    // at first the socket opens while the ticket is on its way; later only once the server is known to answer, because
    // browsers hold back a page whose sockets keep failing
    let opened = this.#attempt === 0 ? this.#open(line) : null;
    const answer = await this.#ticket();
    if (!answer) return;
    opened ??= this.#open(line);
    await opened;
    if (line === this.#line) this.#join(answer);
  }

  /** @param {Line} line @returns {Promise<unknown>} when it is open */
  #open(line) {
    const socket = new WebSocket(this.url, SUBPROTOCOLS);
    line.socket = socket;
    socket.addEventListener("close", (event) => this.#closed(line, event.code));
    socket.addEventListener("message", (event) => line === this.#line && this.#received(String(event.data)));
    return new Promise((done) => socket.addEventListener("open", done, { once: true }));
  }

  /** @param {TicketAnswer} answer */
  #join(answer) {
    this.emit("ticket", answer);
    this.#write({ type: "join", body: { ticket: answer.ticket, instance: this.instance, resume: this.#heard } });
  }

  /** @param {Parameters<typeof envelope>[0]} message */
  #write(message) {
    const socket = this.#line?.socket;
    if (socket?.readyState === WebSocket.OPEN) socket.send(envelope(message));
  }

  /** @returns {Promise<TicketAnswer | null>} null when there is none: then a retry or an ending is already under way */
  async #ticket() {
    const line = this.#line;
    const given = this.#given;
    this.#given = null;
    if (given) return given;
    const headers = { Accept: "application/json", "X-Background": "1" };
    const answer = await fetch(this.ticketUrl, { method: "POST", headers, signal: line?.over.signal }).catch(() => null);
    if (line !== this.#line) return null;
    if (answer?.ok) return answer.json().catch(() => this.#drop());
    const why = REFUSALS[answer?.status ?? 0];
    if (!why) return this.#drop();
    const { message = "" } = await answer?.json().catch(() => ({}));
    return this.#over(why, message);
  }

  /** @param {string} text */
  #received(text) {
    const message = parse(text);
    if (!message) return;
    this.#heard = heard(this.#heard, message);
    if (message.type === "welcome") this.#welcomed();
    if (message.type === "heartbeat") this.beats = true; // only calls have them, so only there is silence death
    if (this.up) this.#expect(this.beats ? SILENCE : 0);
    this.emit("message", message);
  }

  #welcomed() {
    const first = !this.up;
    this.#attempt = this.#late = 0;
    this.up = true;
    if (first) this.emit("up", null);
  }

  /** @param {number} ms how long silence may last from now; 0 is for ever */
  #expect(ms) {
    clearTimeout(this.#watch);
    if (ms) this.#watch = setTimeout(() => this.#silent(), ms);
  }

  #silent() {
    if (!this.up) this.#late++;
    this.#drop();
  }

  /** Gives this connection up and tries another. @returns {null} */
  #drop() {
    const line = this.#line;
    if (line) this.#closed(line, 0);
    line?.socket?.close();
    return null;
  }

  /** @param {Line} line @param {number} code */
  #closed(line, code) {
    if (line !== this.#line) return;
    const why = ENDINGS[code];
    if (why) return void this.#over(why, "");
    this.#lost();
    if (code === 4008) this.#attempt = 10; // too fast for the server: slow down at once
    if (this.#wanted) this.#retry = setTimeout(() => void this.#connect(), backoff(this.#attempt++, Math.random()));
  }

  #lost() {
    this.#line?.over.abort();
    this.#line = null;
    this.#expect(0);
    clearTimeout(this.#retry);
    if (this.up) this.emit("down", null);
    this.up = this.beats = false;
  }

  /** A moment at which trying now is worth it: the network came back, or the person did. What takes long may be lost already. */
  #hurry() {
    if (this.#line && !this.up && performance.now() - this.#begun > patience(0)) this.#drop();
    if (this.#line || !this.#wanted) return this.#prove();
    clearTimeout(this.#retry);
    void this.#connect();
  }

  /** Nobody may believe to be waiting on a connection that has silently died: joins again, and is welcomed or reconnects. */
  #prove() {
    if (!this.up || this.beats) return;
    this.#expect(patience(0));
    void this.rejoin();
  }

  /** @param {Ending} why @param {string} message @returns {null} */
  #over(why, message) {
    this.#finish();
    this.emit("over", { why, message });
    return null;
  }

  #finish() {
    const line = this.#line;
    this.#wanted = false;
    this.#heard = null;
    this.#lost();
    line?.socket?.close();
  }
}
