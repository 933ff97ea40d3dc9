/** How far this page has heard the room, so that on another connection it is sent exactly what it missed. Pure. */

/**
 * @typedef {import("./protocol.js").Message} Message
 * @typedef {{generation: string, position: string}} Heard which log of the room it is, and the place in it
 */

/** What has been heard after one more message. @param {Heard | null} before @param {Message} message @returns {Heard | null} */
export function heard(before, message) {
  if (message.type === "welcome") return welcomed(message.body);
  return before && message.pos ? { ...before, position: message.pos } : before;
}

/** @param {Extract<Message, {type: "welcome"}>["body"]} body @returns {Heard | null} null in a lobby, which is never resumed */
function welcomed({ generation, position }) {
  return generation && position ? { generation, position } : null;
}
