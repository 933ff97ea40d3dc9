/**
 * Takes who asked, and watches it ring, into the talk as soon as somebody accepts: the two are to see each other at once. Whoever
 * is writing, or looks at another page, is not torn away: they have the link, and hear a chime.
 */
import { byId } from "../call/dom.js";
import { chime } from "../call/sound.js";

const RINGING = "[data-left], .ladder"; // what is on the page while the case rings
const progress = byId("case-progress");
const place = /** @type {HTMLElement} */ (progress.parentElement);
let rang = place.querySelector(RINGING) !== null;

new MutationObserver(look).observe(place, { childList: true, subtree: true });

function look() {
  const talk = place.querySelector("a[data-talk]");
  if (talk instanceof HTMLAnchorElement && rang) comeIn(talk);
  rang = place.querySelector(RINGING) !== null;
}

/** @param {HTMLAnchorElement} talk */
function comeIn(talk) {
  if (!document.hidden && !isWriting()) return location.assign(talk.href);
  void chime("").catch(() => {});
}

function isWriting() {
  return [...document.querySelectorAll("textarea")].some((box) => box.value !== box.defaultValue);
}
