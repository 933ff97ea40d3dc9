/** This person's own picture in the call: mirrored, muted, and out of the way when they would rather not see it. */
import { byId, within } from "./dom.js";

/** @param {import("../rtc/media.js").LocalMedia} media */
export function selfView(media) {
  const tile = byId("self");
  const video = /** @type {HTMLVideoElement} */ (within(tile, "video"));
  const wish = /** @type {HTMLInputElement} */ (byId("self-view"));
  video.classList.add("mirror");
  const draw = () => {
    attach(video, media.tracks.camera);
    within(tile, ".face").hidden = media.state.camera;
    within(tile, ".muted").hidden = media.state.microphone;
    tile.hidden = !wish.checked;
  };
  media.on("state", draw);
  wish.addEventListener("change", draw);
  draw();
}

/**
 * Shows one track in a video, or nothing. Leaves an element alone that shows it already: a new stream would flicker.
 * @param {HTMLVideoElement} video
 * @param {MediaStreamTrack | null} track
 */
export function attach(video, track) {
  const showing = video.srcObject instanceof MediaStream ? video.srcObject.getVideoTracks()[0] : null;
  if (showing === track && (track || !video.srcObject)) return;
  video.srcObject = track ? new MediaStream([track]) : null;
  if (track) void video.play().catch(() => {});
}
