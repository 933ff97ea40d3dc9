/** How long the visit has lasted: from the first moment two people were connected, also after a refresh. */
import { byId, within } from "./dom.js";

/** @param {import("../rtc/session.js").Session} session @param {string} key of sessionStorage */
export function clock(session, key) {
  const place = byId("clock");
  let since = Number(sessionStorage.getItem(key)) || 0;
  session.on("link", ({ state }) => {
    if (state !== "connected" || since) return;
    since = Date.now();
    sessionStorage.setItem(key, String(since));
    draw();
  });
  setInterval(draw, 1000);

  function draw() {
    place.hidden = !since || !session.peers.size;
    within(place, "[data-time]").textContent = lasted(Date.now() - since);
  }
}

/** Minutes and seconds, 08:42. Pure. @param {number} ms */
export function lasted(ms) {
  const seconds = Math.floor(ms / 1000);
  return `${String(Math.floor(seconds / 60)).padStart(2, "0")}:${String(seconds % 60).padStart(2, "0")}`;
}
