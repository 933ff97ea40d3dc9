/** Passkeys as JSON and as the browser has them (WebAuthn 3, sections 5.1.8 to 5.1.10): older browsers lack that step. No DOM. */

/** @typedef {{ id: string, type: string, transports?: string[] }} Descriptor */

/** @param {string} words base64url, without padding @returns {Uint8Array<ArrayBuffer>} */
export function bytes(words) {
  const plain = atob(words.replace(/-/g, "+").replace(/_/g, "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

/** @param {ArrayBuffer} buffer @returns {string} base64url, without padding */
export function words(buffer) {
  const plain = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join("");
  return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}

/** @param {Descriptor[]} [listed] @returns {any[]} */
const descriptors = (listed = []) => listed.map((one) => ({ ...one, id: bytes(one.id) }));

/** What `navigator.credentials.create` is asked. @param {any} json @returns {any} */
export function creation(json) {
  const user = { ...json.user, id: bytes(json.user.id) };
  return { ...json, user, challenge: bytes(json.challenge), excludeCredentials: descriptors(json.excludeCredentials) };
}

/** What `navigator.credentials.get` is asked. @param {any} json @returns {any} */
export function request(json) {
  return { ...json, challenge: bytes(json.challenge), allowCredentials: descriptors(json.allowCredentials) };
}

/** The authenticator's answer, as it is sent. @param {any} credential */
export function answer(credential) {
  const { response } = credential;
  /** @type {Record<string, unknown>} */
  const told = { clientDataJSON: words(response.clientDataJSON) };
  for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"])
    if (response[name]) told[name] = words(response[name]);
  if (response.getTransports) told.transports = response.getTransports();
  return { id: credential.id, rawId: words(credential.rawId), type: credential.type, response: told };
}
