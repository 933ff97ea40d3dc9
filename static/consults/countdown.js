/** Counts the seconds of a ring down between two answers of the server, which says how many are left: clocks may differ. */

/** Minutes and seconds, 0:22. Pure. @param {number} seconds */
export function clockOf(seconds) {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/**
 * Follows every `[data-left]` inside `root`.
 * @param {HTMLElement} root
 * @param {() => void} over called once when one has come to its end
 */
export function counted(root, over) {
  /** @type {WeakMap<HTMLElement, {said: string, at: number}>} */
  const heard = new WeakMap();
  /** @type {WeakSet<HTMLElement>} */
  const ended = new WeakSet();
  setInterval(() => {
    for (const place of /** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll("[data-left]"))) {
      const said = place.dataset.left ?? "0";
      const known = heard.get(place);
      const now = performance.now();
      if (known?.said !== said) heard.set(place, { said, at: now });
      const left = Math.max(0, Number(said) - Math.floor((now - (heard.get(place)?.at ?? now)) / 1000));
      draw(place, left);
      if (left || ended.has(place)) continue;
      ended.add(place);
      over();
    }
  }, 500);
}

/** @param {HTMLElement} place @param {number} left seconds */
function draw(place, left) {
  if (place.textContent !== clockOf(left)) place.textContent = clockOf(left);
  const whole = Number(place.dataset.whole);
  const ring = place.closest(".dial")?.querySelector("circle[pathLength]");
  if (whole && ring) ring.setAttribute("stroke-dasharray", `${Math.round((100 * left) / whole)} 100`);
}
