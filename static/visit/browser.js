/** Which browser this is, as far as the way to its camera permission differs. Pure. */

/** @typedef {"safari-ios" | "safari-mac" | "chrome-android" | "chrome-desktop" | "edge" | "firefox" | "other"} Browser */

/** In this order: Edge calls itself Chrome too, Chrome calls itself Safari too. @type {[RegExp, Browser][]} */
const SIGNS = [
  [/iPhone|iPad|iPod/, "safari-ios"], // every browser there asks through the system's own WebKit
  [/Edg(e|A)?\//, "edge"],
  [/Firefox\//, "firefox"],
  [/Chrome\/.*Mobile|Android.*Chrome\//, "chrome-android"],
  [/Chrome\/|Chromium\//, "chrome-desktop"],
  [/Macintosh.*Safari\//, "safari-mac"],
];

/** @param {string} userAgent @param {number} [touchPoints] an iPad calls itself a Macintosh, but has a touch screen @returns {Browser} */
export function browserOf(userAgent, touchPoints = 0) {
  if (/Macintosh/.test(userAgent) && touchPoints > 1) return "safari-ios";
  return SIGNS.find(([sign]) => sign.test(userAgent))?.[1] ?? "other";
}
