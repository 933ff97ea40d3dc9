/**
 * The one connection of a signed-in page outside of calls: it hears that a topic changed and says so to the page, whose
 * parts then fetch themselves afresh. It carries no content.
 */
import { SignalingSocket } from "../rtc/socket.js";
import { ask, who } from "../web/session.js";
import { Calm } from "./calm.js";

const TOPICS = ["today", "presence", "invitation", "tasks", "consults"]; // whatever a page may show a part of
const AGAIN = 2000; // ms until the server is asked again what became of the session
const socket = new SignalingSocket({ ticketUrl: "/lobby/ticket", path: "/signaling", instance: crypto.randomUUID?.() ?? String(Math.random()) });

/** @param {string} topic */
const say = (topic) => document.body.dispatchEvent(new CustomEvent(`curbside:${topic}`));
const presence = new Calm(() => say("presence"), { people, hidden: () => document.hidden });
document.addEventListener("visibilitychange", () => presence.looked());

socket.on("message", (message) => {
  if (message.type === "changed") tell(message.body.topic);
});
// whatever changed while the connection was away
socket.on("up", () => TOPICS.forEach(tell));
socket.on("over", ({ why }) => {
  if (why === "signedout") void lost();
});
// a covered page is as it was; what changed meanwhile is fetched now
document.body.addEventListener("curbside:unlocked", () => {
  socket.start();
  TOPICS.forEach(tell);
});
socket.start();

/** @param {string} topic */
function tell(topic) {
  if (topic === "presence") presence.hear();
  else say(topic);
}

/** How many colleagues the organization has, where they are shown. */
function people() {
  const list = document.querySelector("[data-people]");
  return list instanceof HTMLElement ? Number(list.dataset.people) : 0;
}

/** The session ended, or another one took its place in this browser, or it is locked: what was typed stays, if it can. */
async function lost() {
  const now = await ask();
  if (!now) setTimeout(() => void lost(), AGAIN);
  else if (now.state === "live" && now.who === who) socket.start();
  else if (["locked", "calling", "expired"].includes(now.state)) document.dispatchEvent(new CustomEvent("curbside:locked"));
  else location.assign(now.state === "live" ? "/" : "/login");
}
