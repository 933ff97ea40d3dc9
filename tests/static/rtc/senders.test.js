/** static/rtc/senders.js: what is asked of the browser's senders. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { capsOf } from "../../../static/rtc/adapt.js";
import { limit } from "../../../static/rtc/senders.js";

/** @param {{encodings?: any[], refuses?: boolean}} [how] */
function sender({ encodings = [{}], refuses = false } = {}) {
  const made = {
    /** @type {any[]} */
    set: [],
    getParameters: () => structuredClone({ encodings }),
    setParameters: async (/** @type {any} */ parameters) => {
      if (refuses) throw new DOMException("", "InvalidModificationError");
      made.set.push(parameters);
      encodings = parameters.encodings;
    },
  };
  return made;
}
/** @param {ReturnType<typeof sender>[]} senders */
const connection = (...senders) => /** @type {any} */ ({ getTransceivers: () => senders.map((one) => ({ sender: one })) });

test("sound gets the highest priority, and the two pictures their caps", async () => {
  const [sound, face, page] = [sender(), sender(), sender()];
  await limit(connection(sound, face, page), capsOf(1));
  assert.equal(sound.set[0].encodings[0].priority, "high");
  assert.deepEqual(face.set[0].encodings[0], { active: true, maxBitrate: 120_000, scaleResolutionDownBy: 3, maxFramerate: 12 });
  assert.equal(page.set[0].degradationPreference, "maintain-resolution");
});

test("with sound only the camera is sent no more", async () => {
  const face = sender();
  await limit(connection(sender(), face, sender()), capsOf(0));
  assert.equal(face.set[0].encodings[0].active, false);
});

test("what is so already is not set again; a browser that refuses or knows no encodings yet does no harm", async () => {
  const [sound, face] = [sender(), sender({ encodings: [] })];
  const all = connection(sound, face, sender({ refuses: true }));
  await limit(all, capsOf(2));
  await limit(all, capsOf(2));
  assert.deepEqual([sound.set.length, face.set.length], [1, 0]);
});
