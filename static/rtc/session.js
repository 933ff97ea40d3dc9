/**
 * The room as this person has it: standing, people, links, conversation. No DOM: pages listen. Losing the server never
 * touches a link that carries media; coming back mends only what is broken.
 */
import { mark, merge, unsent } from "./chatlog.js";
import { Emitter } from "./emitter.js";
import { Missed } from "./missed.js";
import { watchMoments } from "./moments.js";
import { Peer } from "./peer.js";
import { newId } from "./protocol.js";
import { Relays } from "./relays.js";
import { joined, left, lost, switched, welcomed } from "./roster.js";
import { SignalingSocket } from "./socket.js";

/**
 * @typedef {import("./protocol.js").Message} Message
 * @typedef {import("./protocol.js").Participant} Participant
 * @typedef {import("./roster.js").Change} Change
 * @typedef {import("./chatlog.js").Said} Said
 * @typedef {import("./socket.js").Ending} Ending
 * @typedef {import("./peer.js").PeerEvents} PeerEvents
 *
 * @typedef {object} SessionEvents
 * @property {"waiting" | "admitted"} standing
 * @property {boolean} signaling whether the server is reached
 * @property {Participant} joined
 * @property {Participant} left
 * @property {Participant} participant somebody's media state changed
 * @property {{id: string, streams: PeerEvents["streams"]}} streams
 * @property {{id: string, state: RTCPeerConnectionState}} link
 * @property {{id: string}} restarted another path to them is being looked for
 * @property {{peer: string, ms: number}} first-frame on the screen, ms after the link was wanted; once a link
 * @property {readonly Said[]} chat
 * @property {Said} said somebody else's new message
 * @property {string} changed topic to fetch afresh
 * @property {{why: Ending, message: string}} over
 */

const PROBE = 15000; // ms: nobody may believe to be waiting on a line that has silently died
const OVERDUE = 4000; // ms after which a message without an echo is sent again
const TRANSIENT = new Set(["unavailable", "too_many", "not_joined", "not_admitted"]); // errors that pass: the message keeps trying

/** @extends {Emitter<SessionEvents>} */
export class Session extends Emitter {
  self = "";
  /** @type {"waiting" | "admitted" | null} */
  standing = null;
  /** @type {import("./roster.js").Roster} */
  people = new Map();
  /** @type {Map<string, Peer>} */
  peers = new Map();
  /** @type {readonly Said[]} */
  chat = [];
  /** Which load of this page it is. */
  #instance = newId();
  /** Whose media still comes but whom the server has not seen since it came back. @type {Set<string>} */
  #unseen = new Set();

  /**
   * @param {{ticketUrl: string, chatUrl: string, signalingPath: string, name: string}} config @param {import("./media.js").LocalMedia} media
   * @param {import("./socket.js").TicketAnswer | null} [given] the first ticket, when it is here already
   */
  constructor(config, media, given = null) {
    super();
    this.config = config;
    this.media = media;
    this.socket = new SignalingSocket({ ticketUrl: config.ticketUrl, path: config.signalingPath, instance: this.#instance, probe: PROBE, given });
    this.missed = new Missed({ url: config.chatUrl, got: (written) => this.#merge(written.map((said) => ({ ...said, state: "delivered" }))) });
    this.relays = new Relays({ url: config.ticketUrl, changed: () => this.peers.forEach((peer) => peer.refresh()) });
    this.socket.on("ticket", (answer) => this.relays.take(answer));
    this.socket.on("message", (message) => this.#received(message));
    this.socket.on("down", () => this.#unreached());
    this.socket.on("over", (over) => this.#over(over));
    media.on("track", (slot) => this.peers.forEach((peer) => void peer.replace(slot)));
    media.on("state", () => this.#tellMedia());
    setInterval(() => this.#sendAgain(), OVERDUE);
    watchMoments(() => {
      this.socket.suspect();
      this.#hint("moved");
    });
  }

  start() {
    this.socket.start();
  }

  /** Leaves the room, for others at once. `start` comes back. */
  leave() {
    this.socket.stop();
    this.#closeAll();
  }

  /** Says it to everyone. It is kept until the server has it, however long that takes. @param {string} text */
  say(text) {
    const said = /** @type {Said} */ ({ id: newId(), from: this.self, name: this.config.name, text, at: null, state: "sending" });
    this.#merge([said]);
    this.#send(said);
  }

  /** @param {string} id of a message that failed */
  sayAgain(id) {
    this.chat = mark(this.chat, id, "sending");
    this.emit("chat", this.chat);
    this.#sendAgain();
  }

  /** @param {Message} message */
  #received(message) {
    switch (message.type) {
      case "welcome": return this.#welcomed(message.body);
      case "joined": return this.#joined(message.body.participant);
      case "left": return this.#left(message.body);
      case "media": return this.#switched(message.from ?? "", message.body);
      case "offer": return this.#peer(message.from)?.feed({ type: "offer", ...message.body });
      case "answer": return this.#peer(message.from)?.feed({ type: "answer", ...message.body });
      case "candidate": return this.#peer(message.from)?.feed({ type: "candidate", ...message.body });
      case "chat": return this.#heard(message.id, message.from ?? "", message.body);
      case "admitted": return void this.socket.rejoin();
      case "changed": return this.emit("changed", message.body.topic);
      case "error": return this.#refused(message.body);
    }
  }

  /** @param {Extract<Message, {type: "welcome"}>["body"]} body */
  #welcomed({ self, standing, participants, resumed }) {
    const before = this.standing;
    this.self = self;
    this.standing = standing;
    this.emit("signaling", true);
    if (standing !== before) this.emit("standing", standing);
    if (standing !== "admitted") return;
    this.#tellMedia();
    this.#hint("reached"); // before new links are opened: those need no other path
    if (resumed) return this.#sendAgain(); // nothing was missed, but what this page said last may not have arrived
    this.#change(welcomed(this.people, participants, this.#alive));
    this.#unseen = new Set([...this.people.keys()].filter((id) => !participants.some((participant) => participant.id === id)));
    this.missed.fetch();
    this.#sendAgain();
  }

  #unreached() {
    this.#hint("unreached");
    this.emit("signaling", false);
  }

  /** @param {"reached" | "unreached" | "moved"} type */
  #hint(type) {
    for (const peer of this.peers.values()) peer.hint({ type });
  }

  /** Their first frame is on the screen. @param {string} id */
  rendered(id) {
    const ms = this.peers.get(id)?.rendered() ?? null;
    if (ms !== null) this.emit("first-frame", { peer: id, ms });
  }

  /** @param {Participant} participant */
  #joined(participant) {
    this.#unseen.delete(participant.id);
    this.#change(joined(this.people, participant));
  }

  /** @param {Extract<Message, {type: "left"}>["body"]} body */
  #left({ participant, lost: isLost }) {
    this.#change(isLost ? lost(this.people, participant, this.#alive) : left(this.people, participant));
    if (this.people.has(participant)) this.#unseen.add(participant);
  }

  /** Whether media flows on the link to a participant. @param {string} id */
  #alive = (id) => this.peers.get(id)?.connected ?? false;

  /** @param {string} id @param {RTCPeerConnectionState} state */
  #moved(id, state) {
    this.emit("link", { id, state });
    if (state === "disconnected") this.socket.suspect();
    if (state === "failed" && this.#unseen.delete(id)) this.#change(left(this.people, id));
  }

  /** @param {Change} change */
  #change({ roster, opened, reset, kept, closed }) {
    const before = this.people;
    this.people = roster;
    for (const id of closed) this.#closed(/** @type {Participant} */ (before.get(id)));
    for (const id of opened) this.#opened(/** @type {Participant} */ (roster.get(id)));
    for (const id of reset) this.peers.get(id)?.feed({ type: "reset" });
    for (const id of kept) this.peers.get(id)?.hint({ type: "reached" });
    for (const id of [...reset, ...kept]) this.emit("participant", /** @type {Participant} */ (roster.get(id)));
  }

  /** @param {Participant} participant */
  #opened(participant) {
    const { id } = participant;
    const peer = new Peer({
      self: this.self, peer: id, seed: newId(), tracks: this.media.tracks, ice: () => this.relays.configuration,
      send: (message) => this.socket.send(message),
    });
    peer.on("streams", (streams) => this.emit("streams", { id, streams }));
    peer.on("state", (state) => this.#moved(id, state));
    peer.on("restarted", () => this.emit("restarted", { id }));
    this.peers.set(id, peer);
    this.emit("joined", participant);
  }

  /** @param {Participant} participant */
  #closed(participant) {
    this.peers.get(participant.id)?.close();
    this.peers.delete(participant.id);
    this.emit("left", participant);
  }

  /** @param {string | null} id */
  #peer(id) {
    return this.peers.get(id ?? "");
  }

  /** @param {string} id @param {Participant["media"]} media */
  #switched(id, media) {
    this.people = switched(this.people, id, media);
    const participant = this.people.get(id);
    if (participant) this.emit("participant", participant);
  }

  #tellMedia() {
    if (this.standing === "admitted") this.socket.send({ type: "media", body: this.media.state });
  }

  #sendAgain() {
    for (const said of unsent(this.chat)) this.#send(said);
  }

  /** @param {Said} said */
  #send({ id, text }) {
    if (this.standing === "admitted") this.socket.send({ type: "chat", id, body: { text } });
  }

  /** @param {string} id @param {string} from @param {Extract<Message, {type: "chat"}>["body"]} body */
  #heard(id, from, body) {
    const said = /** @type {Said} */ ({ id, from, ...body, state: "delivered" });
    const news = from !== this.self && !this.chat.some((known) => known.id === id && known.from === from);
    this.#merge([said]);
    if (news) this.emit("said", said);
  }

  /** @param {readonly Said[]} more */
  #merge(more) {
    this.chat = merge(this.chat, more);
    this.emit("chat", this.chat);
  }

  /** @param {Extract<Message, {type: "error"}>["body"]} error */
  #refused({ code, re }) {
    if (!re || TRANSIENT.has(code)) return;
    this.chat = mark(this.chat, re, "failed");
    this.emit("chat", this.chat);
  }

  #closeAll() {
    this.standing = null;
    this.relays.stop();
    this.missed.stop();
    for (const participant of [...this.people.values()]) this.#change(left(this.people, participant.id));
  }

  /** @param {SessionEvents["over"]} over */
  #over(over) {
    this.#closeAll();
    this.emit("over", over);
  }
}
