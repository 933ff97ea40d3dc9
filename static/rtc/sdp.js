/** What our descriptions ask the other side to send. Pure. */

const ASKED = { useinbandfec: "1", usedtx: "1" }; // what a lost packet held, in the next; next to nothing while nobody speaks

/**
 * Asks for Opus with in-band FEC and DTX (RFC 7587 section 6.1: these parameters say what their sender wants to receive).
 * @param {string} sdp
 */
export function withOpus(sdp) {
  const [, type] = /^a=rtpmap:(\d+) opus\//im.exec(sdp) ?? [];
  if (!type) return sdp;
  const line = new RegExp(`^a=fmtp:${type} (.*?)(\\r?)$`, "m");
  if (line.test(sdp)) return sdp.replace(line, (_, has, end) => `a=fmtp:${type} ${asked(has)}${end}`);
  return sdp.replace(new RegExp(`^a=rtpmap:${type} .*?(\\r?)$`, "m"), (rtpmap, end) => `${rtpmap.trimEnd()}${end}\na=fmtp:${type} ${asked("")}${end}`);
}

/** @param {string} has parameters as they are */
function asked(has) {
  const pairs = has.split(";").map((pair) => /** @type {[string, string]} */ (pair.trim().split("=", 2))).filter(([name]) => name);
  return Object.entries({ ...Object.fromEntries(pairs), ...ASKED }).map(([name, value]) => (value === undefined ? name : `${name}=${value}`)).join(";");
}
