/**
 * Remembers in this tab what was on and which devices were picked, so that a refresh does not open a camera that was off. At
 * first on is what the talk was asked to be held by.
 */

/** @typedef {import("../rtc/media.js").LocalMedia} LocalMedia */

/** What is not opened by itself. @type {Record<string, Partial<LocalMedia["wanted"]>>} */
const OFF = { audio: { camera: false }, chat: { camera: false, microphone: false } };

/** @param {Pick<LocalMedia, "wanted" | "picked">} media @param {string} key @param {string} [means] audio or chat @param {Pick<Storage, "getItem">} storage */
export function recall(media, key, means = "", storage = sessionStorage) {
  const { wanted, picked } = JSON.parse(storage.getItem(key) ?? "{}");
  Object.assign(media.wanted, OFF[means], wanted);
  Object.assign(media.picked, picked);
}

/** @param {LocalMedia} media @param {string} key */
export function remember(media, key) {
  media.on("state", () => sessionStorage.setItem(key, JSON.stringify({ wanted: media.wanted, picked: media.picked })));
}
