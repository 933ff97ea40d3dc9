/** What a browser can do about notifications, in one word. No DOM. */

/**
 * @typedef {"insecure" | "unsupported" | "home" | "denied" | "on" | "off"} State
 * @param {{ secure: boolean, supported: boolean, permission: string, subscribed: boolean, onHome?: boolean }} facts
 *   `onHome` is told by iPhones and iPads only, which show notifications of what was put on the Home Screen
 * @returns {State}
 */
export function stateOf({ secure, supported, permission, subscribed, onHome }) {
  if (!secure) return "insecure";
  if (!supported) return onHome === false ? "home" : "unsupported";
  if (permission === "denied") return "denied";
  return subscribed && permission === "granted" ? "on" : "off";
}

/** How the page's list names a browser: SHA-256 of its address, in hexadecimal digits. @param {string} endpoint */
export async function markOf(endpoint) {
  const hashed = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(endpoint));
  return Array.from(new Uint8Array(hashed), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
