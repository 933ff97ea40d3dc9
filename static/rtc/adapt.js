/**
 * How much picture one link sends: what was measured + now -> a level, 4 (all of it) down to 0 (sound only). Pure. Sound comes
 * first, so the picture gives way early and comes back slowly: down after seconds of trouble, up a step at a time after longer
 * calm, and longer still when the last step up did not hold.
 */

/**
 * @typedef {{active: boolean, maxBitrate: number, scaleResolutionDownBy: number, maxFramerate: number}} Cap bit/s, frames per second
 * @typedef {{camera: Cap, screen: Cap}} Caps
 * @typedef {{available: number | null, loss: number | null, roundTrip: number | null}} Seen bit/s the path has room for, fraction of our packets lost, ms
 * @typedef {object} Picture
 * @property {number} level
 * @property {number | null} bad ms since when it has been too much
 * @property {number | null} good ms since when there has been room for more
 * @property {number} patience ms of calm before the next step up
 * @property {number} raised ms of the last step up
 * @property {boolean} insisted the person wants to be seen, however badly
 */

const TOP = 4;
/** By level, of the 960 × 540 that cameras are asked for; `least` bit/s below which it is not worth sending so much. */
const LEVELS = [
  { least: 0, camera: cap(60_000, 3, 1, false), screen: cap(150_000, 1, 2) },
  { least: 40_000, camera: cap(120_000, 3, 12), screen: cap(200_000, 1, 3) },
  { least: 120_000, camera: cap(300_000, 2, 20), screen: cap(400_000, 1, 5) },
  { least: 250_000, camera: cap(700_000, 4 / 3, 30), screen: cap(900_000, 1, 10) },
  { least: 450_000, camera: cap(1_500_000, 1, 30), screen: cap(1_500_000, 1, 15) },
];
const LOSSY = 0.08; // from here on less is sent
const HOPELESS = 0.2; // from here on no picture helps
const SLOW = 1500; // ms of round trip: the path's buffers are full of what we send
const CLEAN = { loss: 0.04, roundTrip: 700 };
const TROUBLE = 4000; // ms of trouble before less is sent
const GIVE_UP = 6000; // ms of trouble before the picture stops
const CALM = 8000; // ms of calm before more is sent
const LONGEST = 64_000; // ms
const HELD = 20_000; // ms that a step up must hold, or the next takes twice as long

/** @param {number} maxBitrate @param {number} scaleResolutionDownBy @param {number} maxFramerate @returns {Cap} */
function cap(maxBitrate, scaleResolutionDownBy, maxFramerate, active = true) {
  return { active, maxBitrate, scaleResolutionDownBy, maxFramerate };
}

/** The highest level that each of so many links may use: a mesh sends everything once for each. @param {number} links */
export const highest = (links) => Math.max(2, TOP + 1 - Math.max(1, links));

/** @param {number} level @returns {Caps} */
export const capsOf = (level) => LEVELS[level];

/** @returns {Picture} as a link begins: hoping for the best */
export function newPicture(links = 1, insisted = false) {
  return { level: highest(links), bad: null, good: null, patience: CALM, raised: -Infinity, insisted };
}

/** The person wants to be seen all the same. @param {Picture} picture @returns {Picture} */
export function insist(picture) {
  return { ...picture, insisted: true, level: Math.max(1, picture.level), bad: null };
}

/** @param {Picture} before @param {Seen} seen @param {number} links of this person @param {number} now ms @returns {Picture} */
export function adapt(before, seen, links, now) {
  const level = Math.min(before.level, highest(links));
  const worse = lower(level, seen, before.insisted);
  const picture = { ...before, level, bad: worse < level ? before.bad ?? now : null, good: better(level, seen, links) ? before.good ?? now : null };
  if (picture.bad !== null) return now - picture.bad >= (worse ? TROUBLE : GIVE_UP) ? lowered(picture, worse, now) : picture;
  if (picture.good !== null && now - picture.good >= picture.patience) return { ...picture, level: level + 1, good: null, raised: now };
  return picture;
}

/** @param {Picture} picture @param {number} level @param {number} now @returns {Picture} */
function lowered(picture, level, now) {
  const patience = now - picture.raised < HELD ? Math.min(LONGEST, picture.patience * 2) : CALM;
  return { ...picture, level, bad: null, good: null, patience };
}

/** The level that what was seen allows, not above `level`. @param {number} level @param {Seen} seen @param {boolean} insisted */
function lower(level, { available, loss, roundTrip }, insisted) {
  let fits = level;
  while (available !== null && fits > 0 && available < LEVELS[fits].least) fits--;
  if ((loss ?? 0) > LOSSY || (roundTrip ?? 0) > SLOW) fits = Math.min(fits, Math.max(1, level - 1));
  if ((loss ?? 0) > HOPELESS) fits = level > 1 ? fits : 0; // smaller first: much loss is often of our own making
  return Math.min(level, insisted ? Math.max(1, fits) : fits);
}

/** Whether there is room for a step up. @param {number} level @param {Seen} seen @param {number} links */
function better(level, { available, loss, roundTrip }, links) {
  if (level >= highest(links) || (loss ?? 0) > CLEAN.loss || (roundTrip ?? 0) > CLEAN.roundTrip) return false;
  // without a picture nothing measures the path: then only trying tells. With one, using up all that is allowed is a good sign
  return !level || available === null || available >= Math.min(LEVELS[level + 1].least * 1.3, LEVELS[level].camera.maxBitrate * 0.95);
}
