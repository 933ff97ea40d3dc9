/**
 * The one connection of a signed-in page outside of calls: it hears that a topic changed and says so to the page, whose
 * parts then fetch themselves afresh. It carries no content.
 */
import { SignalingSocket } from "../rtc/socket.js";

const socket = new SignalingSocket({ ticketUrl: "/lobby/ticket", path: "/signaling", instance: crypto.randomUUID?.() ?? String(Math.random()) });

/** @param {string} topic */
const tell = (topic) => document.body.dispatchEvent(new CustomEvent(`curbside:${topic}`));

socket.on("message", (message) => {
  if (message.type === "changed") tell(message.body.topic);
});
// whatever changed while the connection was away
socket.on("up", () => tell("today"));
socket.on("over", ({ why }) => {
  if (why === "signedout") location.assign("/login");
});
socket.start();
