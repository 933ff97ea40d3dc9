/** Tells the patient in the call when two of their care team talk beside it: written by the server, fetched when it changed. */
import { byId } from "../call/dom.js";

export function conferring() {
  const place = byId("conferring");
  const look = async () => {
    const answer = await fetch(place.dataset.news ?? "", { headers: { Accept: "text/html" } }).catch(() => null);
    if (!answer?.ok || answer.redirected) return;
    const text = (await answer.text()).trim();
    if (place.dataset.shows === text) return; // or a reader would hear the same again
    place.dataset.shows = text;
    place.innerHTML = text;
  };
  document.body.addEventListener("curbside:visit", () => void look());
}
