/**
 * The wire protocol (signaling/PROTOCOL.md), browser's side: envelopes out, messages in. Pure; touches no DOM.
 * What does not have the promised shape is treated as if it had never come, so nothing further in has to doubt it.
 */

export const VERSION = 1;
/** WebSocket subprotocols that this page speaks, the best first. */
export const SUBPROTOCOLS = ["curbside.v1"];
const FRAME_LIMIT = 65536; // bytes of one frame, either way

/**
 * @typedef {import("./media.js").MediaState} MediaState
 * @typedef {object} Participant
 * @property {string} id
 * @property {string} name
 * @property {"patient" | "practitioner" | "frontdesk" | "guest"} role
 * @property {string} instance which load of the page this is
 * @property {MediaState} media
 *
 * @typedef {object} Bodies what the server sends, by type
 * @property {{self: string, standing: "waiting" | "admitted", participants: Participant[],
 *   generation: string | null, position: string | null, resumed: boolean}} welcome
 * @property {{participant: Participant}} joined
 * @property {{participant: string, lost?: boolean}} left
 * @property {MediaState} media
 * @property {{link: string, instance: string, sdp: string}} offer
 * @property {{link: string, instance: string, re: string, sdp: string}} answer
 * @property {{link: string, instance: string, candidate: RTCIceCandidateInit | null}} candidate
 * @property {{text: string, name: string, at: string}} chat
 * @property {{}} admitted
 * @property {{reason: string}} removed
 * @property {{}} ended
 * @property {{topic: string}} changed
 * @property {{}} heartbeat
 * @property {{code: string, message: string, re: string | null}} error
 *
 * @typedef {{[Type in keyof Bodies]: {type: Type, id: string, from: string | null, pos?: string, body: Bodies[Type]}}[keyof Bodies]} Message
 */

/** @typedef {(value: any) => boolean} Check */

/** @type {Check} */ const text = (value) => typeof value === "string";
/** @type {Check} */ const flag = (value) => typeof value === "boolean";
/** @type {Check} */ const object = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
/** @param {...unknown} values @returns {Check} */ const oneOf = (...values) => (value) => values.includes(value);
/** @param {Check} check @returns {Check} */ const listOf = (check) => (value) => Array.isArray(value) && value.every(check);
/** @param {Check} check @returns {Check} */ const orNull = (check) => (value) => value === null || check(value);
/** @param {Record<string, Check>} fields @returns {Check} */
const shape = (fields) => (value) => object(value) && Object.entries(fields).every(([name, check]) => check(value[name]));

const media = shape({ microphone: flag, camera: flag, screen: flag });
const participant = shape({ id: text, name: text, role: oneOf("patient", "practitioner", "frontdesk", "guest"), instance: text, media });

/** @type {Record<keyof Bodies, Check>} */
const BODIES = {
  welcome: shape({
    self: text, standing: oneOf("waiting", "admitted"), participants: listOf(participant),
    generation: orNull(text), position: orNull(text), resumed: flag,
  }),
  joined: shape({ participant }),
  left: shape({ participant: text }),
  media,
  offer: shape({ link: text, instance: text, sdp: text }),
  answer: shape({ link: text, instance: text, re: text, sdp: text }),
  candidate: shape({ link: text, instance: text, candidate: orNull(object) }),
  chat: shape({ text, name: text, at: text }),
  admitted: object,
  removed: shape({ reason: text }),
  ended: object,
  changed: shape({ topic: text }),
  heartbeat: object,
  error: shape({ code: text, message: text, re: orNull(text) }),
};
const FROM_PEOPLE = new Set(["media", "offer", "answer", "candidate", "chat"]);

/** A random id for a message, a page load or a connection. */
export function newId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(36).padStart(2, "0")).join("");
}

/**
 * One frame to send. Room and sender are left to the server, which knows them from the ticket.
 * @param {{type: string, body: object, to?: string | null, id?: string}} message
 */
export function envelope({ type, body, to = null, id = newId() }) {
  return JSON.stringify({ v: VERSION, id, room: null, from: null, to, epoch: 0, type, body });
}

/** A received frame as a message, or null when it is not one. @param {string} frame @returns {Message | null} */
export function parse(frame) {
  const message = frame.length <= FRAME_LIMIT ? read(frame) : null;
  return object(message) && sound(message) ? message : null;
}

/** @param {string} frame @returns {any} */
function read(frame) {
  try {
    return JSON.parse(frame);
  } catch {
    return null;
  }
}

/** @param {any} message */
function sound({ v, id, from, type, body, pos = "" }) {
  if (v !== VERSION || !text(id) || !text(pos) || !text(type) || !Object.hasOwn(BODIES, type)) return false;
  return BODIES[/** @type {keyof Bodies} */ (type)](body) && (FROM_PEOPLE.has(type) ? text(from) : true);
}
