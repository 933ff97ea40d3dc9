/** Limits what the three senders of a connection may use (RTCRtpSender.setParameters). Sound comes first, always. */

/** @typedef {import("./adapt.js").Caps} Caps */

const SOUND = { priority: /** @type {const} */ ("high"), networkPriority: /** @type {const} */ ("high") };

/** @param {RTCPeerConnection} connection whose m-lines are sound, camera, screen @param {Caps} caps */
export async function limit(connection, { camera, screen }) {
  const [sound, face, page] = connection.getTransceivers().map(({ sender }) => sender);
  await change(sound, SOUND);
  await change(face, camera, "balanced");
  await change(page, screen, "maintain-resolution"); // text must stay readable
}

/** @param {RTCRtpSender | undefined} sender @param {Partial<RTCRtpEncodingParameters>} wanted @param {string} [degradationPreference] */
async function change(sender, wanted, degradationPreference) {
  const parameters = sender?.getParameters();
  if (!sender || !parameters?.encodings?.length) return;
  if (Object.entries(wanted).every(([name, value]) => /** @type {any} */ (parameters.encodings[0])[name] === value)) return;
  for (const encoding of parameters.encodings) Object.assign(encoding, wanted);
  if (degradationPreference) Object.assign(parameters, { degradationPreference });
  await sender.setParameters(parameters).catch(() => {}); // being closed, or a browser that knows fewer limits: the call goes on
}
