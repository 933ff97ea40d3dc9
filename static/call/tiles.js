/** The faces: a tile per person, a tile per shared screen, and how they share the stage. */
import { attach } from "./selfview.js";
import { byId, copyOf, initials, within } from "./dom.js";
import { say } from "./words.js";

/**
 * @typedef {import("../rtc/session.js").Session} Session
 * @typedef {import("../rtc/protocol.js").Participant} Participant
 * @typedef {{tile: HTMLElement, screen: HTMLElement, still: boolean}} Pair
 */

export class Tiles {
  /** @type {Map<string, Pair>} */
  #pairs = new Map();
  #speaker = "";

  /** @param {Session} session */
  constructor(session) {
    this.session = session;
    this.stage = byId("tiles");
    session.on("joined", (participant) => this.#add(participant));
    session.on("left", ({ id }) => this.#remove(id));
    session.on("participant", (participant) => this.#draw(participant));
    session.on("streams", ({ id, streams }) => this.#stream(id, streams));
    byId("sound-blocked").addEventListener("click", () => this.#playAll());
    document.addEventListener("visibilitychange", () => document.hidden || this.#playAll()); // a phone call stops what plays
  }

  /** The picture that matters most: a shared screen, else the first face. @returns {HTMLVideoElement | null} */
  biggest() {
    return this.stage.querySelector(".tile.screen video") ?? this.stage.querySelector(".tile:not(.pip, .screen) video:not(.still)");
  }

  /** Sends everyone's sound to this speaker, where the browser can. @param {string} id */
  async speaker(id) {
    this.#speaker = id;
    for (const { tile } of this.#pairs.values()) await setSink(videoOf(tile), id);
  }

  /** The ring around those who talk. @param {string} id @param {boolean} talks */
  talks(id, talks) {
    const tile = this.#pairs.get(id)?.tile;
    if (!tile || tile.classList.contains("talks") === talks) return;
    tile.classList.toggle("talks", talks);
    within(tile, ".speaking").hidden = !talks;
  }

  /** A picture that has stopped coming gives way to a word: a frozen face says something false. @param {string} id @param {boolean} still */
  still(id, still) {
    const pair = this.#pairs.get(id);
    const participant = this.session.people.get(id);
    if (!pair || !participant || pair.still === still) return;
    pair.still = still;
    this.#draw(participant);
  }

  /** @param {Participant} participant */
  #add(participant) {
    const pair = { tile: copyOf("tile-copy"), screen: copyOf("screen-copy"), still: false };
    this.#pairs.set(participant.id, pair);
    pair.tile.dataset.participant = participant.id;
    videoOf(pair.tile).setAttribute("aria-label", participant.name);
    videoOf(pair.screen).setAttribute("aria-label", say("screenOf", { name: participant.name }));
    within(pair.tile, ".name b").textContent = participant.name;
    within(pair.tile, ".avatar").textContent = initials(participant.name);
    within(pair.screen, ".name b").textContent = say("screenOf", { name: participant.name });
    if (this.#speaker) void setSink(videoOf(pair.tile), this.#speaker);
    this.stage.insertBefore(pair.tile, byId("self"));
    this.#draw(participant);
  }

  /** @param {string} id */
  #remove(id) {
    const pair = this.#pairs.get(id);
    pair?.tile.remove();
    pair?.screen.remove();
    this.#pairs.delete(id);
    this.#layout();
  }

  /** @param {Participant} participant */
  #draw({ id, media }) {
    const pair = this.#pairs.get(id);
    if (!pair) return;
    const seen = media.camera && !pair.still;
    within(pair.tile, ".face").hidden = seen;
    within(pair.tile, ".face p").textContent = say(media.camera ? "videoPausedHere" : "cameraOffHere");
    videoOf(pair.tile).classList.toggle("still", !seen);
    within(pair.tile, ".muted").hidden = media.microphone;
    if (!media.screen) pair.screen.remove();
    else if (!pair.screen.isConnected) this.stage.prepend(pair.screen);
    this.#stream(id, this.session.peers.get(id)?.streams ?? null);
    this.#layout();
  }

  /** @param {string} id @param {{face: MediaStream, screen: MediaStream} | null} streams */
  #stream(id, streams) {
    const pair = this.#pairs.get(id);
    if (!pair || !streams) return; // until the new connection brings streams the last frame stays
    const video = videoOf(pair.tile);
    if (video.srcObject !== streams.face) {
      video.srcObject = streams.face;
      video.requestVideoFrameCallback?.(() => this.session.rendered(id));
    }
    if (video.paused) this.#play(video);
    if (pair.screen.isConnected) attach(videoOf(pair.screen), streams.screen.getVideoTracks()[0] ?? null);
  }

  /** Without sound where the browser wants a tap first: the picture need not wait for it. @param {HTMLVideoElement} video */
  #play(video) {
    void video.play().catch((error) => {
      if (error.name !== "NotAllowedError" || video.muted) return;
      byId("sound-blocked").hidden = false;
      video.muted = true;
      void video.play().catch(() => {});
    });
  }

  #playAll() {
    byId("sound-blocked").hidden = true;
    for (const { tile } of this.#pairs.values()) {
      videoOf(tile).muted = false;
      this.#play(videoOf(tile));
    }
  }

  #layout() {
    const people = this.#pairs.size;
    const shared = Boolean(this.stage.querySelector(".tile.screen"));
    byId("nobody").hidden = people > 0;
    this.stage.classList.toggle("shared", shared && people === 1);
    this.stage.classList.toggle("three", people === 2 && !shared);
    this.stage.classList.toggle("many", people > 2 || (people === 2 && shared));
  }
}

/** @param {HTMLElement} tile @returns {HTMLVideoElement} */
const videoOf = (tile) => within(tile, "video");

/** @param {HTMLVideoElement} video @param {string} id */
async function setSink(video, id) {
  await video.setSinkId?.(id).catch(() => {}); // the speaker is gone: the browser's choice goes on playing
}
