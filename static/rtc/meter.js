/** How loud a microphone is, from an AnalyserNode: no worklet, nothing leaves the page. */

const EVERY = 66; // ms between two readings
const FLOOR = -55; // dBFS that shows as silence
const CEILING = -12; // dBFS that fills the meter

/**
 * Loudness of a stretch of samples as 0..1, on a decibel scale because ears are. Pure.
 * @param {ArrayLike<number>} samples
 */
export function loudness(samples) {
  let sum = 0;
  for (let i = 0; i < samples.length; i++) sum += samples[i] * samples[i];
  const decibels = 10 * Math.log10(sum / Math.max(1, samples.length) + 1e-12);
  return Math.min(1, Math.max(0, (decibels - FLOOR) / (CEILING - FLOOR)));
}

/**
 * Tells `onLevel` the track's loudness about fifteen times a second.
 * @param {MediaStreamTrack} track
 * @param {(level: number) => void} onLevel
 * @returns {() => void} stops it and gives the audio context back
 */
export function meter(track, onLevel) {
  const context = new AudioContext();
  const analyser = new AnalyserNode(context, { fftSize: 1024 });
  context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const wake = () => void context.resume().catch(() => {});
  const timer = setInterval(() => {
    analyser.getFloatTimeDomainData(samples);
    onLevel(loudness(samples));
  }, EVERY);
  wake(); // browsers start it suspended until a person has touched the page
  document.addEventListener("pointerdown", wake);
  return () => {
    clearInterval(timer);
    document.removeEventListener("pointerdown", wake);
    void context.close();
  };
}
