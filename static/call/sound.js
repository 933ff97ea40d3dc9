/** A short, soft chime to test a speaker with: made here, so that nothing has to be fetched. */

const NOTES = [523.25, 659.25, 783.99]; // Hz: C, E, G
const APART = 0.22; // seconds

/** Plays it on the speaker with this id, or on the browser's choice. Resolves when it has ended. @param {string} speaker */
export async function chime(speaker) {
  const context = new AudioContext();
  const out = context.createMediaStreamDestination();
  const audio = new Audio();
  audio.srcObject = out.stream;
  if (speaker) await audio.setSinkId?.(speaker).catch(() => {});
  await Promise.all([context.resume(), audio.play()]).catch(() => {});
  NOTES.forEach((pitch, at) => note(context, out, pitch, context.currentTime + at * APART));
  await new Promise((done) => setTimeout(done, 1200));
  audio.srcObject = null;
  await context.close();
}

/** @param {AudioContext} context @param {AudioNode} out @param {number} pitch Hz @param {number} at seconds */
function note(context, out, pitch, at) {
  const tone = new OscillatorNode(context, { frequency: pitch });
  const volume = new GainNode(context, { gain: 0 });
  tone.connect(volume).connect(out);
  volume.gain.setValueAtTime(0, at);
  volume.gain.linearRampToValueAtTime(0.25, at + 0.03);
  volume.gain.exponentialRampToValueAtTime(0.001, at + 0.5);
  tone.start(at);
  tone.stop(at + 0.55);
}
