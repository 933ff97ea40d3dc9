/** Remembers in this tab what was on and which devices were picked, so that a refresh does not open a camera that was off. */

/** @typedef {import("../rtc/media.js").LocalMedia} LocalMedia */

/** @param {LocalMedia} media @param {string} key */
export function recall(media, key) {
  const { wanted, picked } = JSON.parse(sessionStorage.getItem(key) ?? "{}");
  Object.assign(media.wanted, wanted);
  Object.assign(media.picked, picked);
}

/** @param {LocalMedia} media @param {string} key */
export function remember(media, key) {
  media.on("state", () => sessionStorage.setItem(key, JSON.stringify({ wanted: media.wanted, picked: media.picked })));
}
