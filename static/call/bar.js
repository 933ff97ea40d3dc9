/** The bar: mute, camera, screen. Each button keeps its name and says by `aria-pressed` whether it is on. */
import { announce, byId } from "./dom.js";
import { say } from "./words.js";

/** @param {import("../rtc/media.js").LocalMedia} media @param {() => void} troubled opens the sheet that explains a device's problem */
export function bar(media, troubled) {
  const mute = byId("mute");
  const camera = byId("stop-camera");
  const share = byId("share");
  share.hidden = !media.devices?.getDisplayMedia;
  const draw = () => {
    mute.setAttribute("aria-pressed", String(!media.state.microphone));
    camera.setAttribute("aria-pressed", String(!media.state.camera));
    share.setAttribute("aria-pressed", String(media.state.screen));
  };
  mute.addEventListener("click", async () => {
    await media.microphone(!media.state.microphone);
    told(media.state.microphone, "unmuted", "muted", media.wanted.microphone);
  });
  camera.addEventListener("click", async () => {
    await media.camera(!media.state.camera);
    told(media.state.camera, "cameraOn", "cameraOff", media.wanted.camera);
  });
  share.addEventListener("click", async () => {
    if (media.state.screen) media.unshare();
    else await media.share();
    announce(say(media.state.screen ? "sharing" : "notSharing"));
  });
  media.on("state", draw);
  draw();

  /** @param {boolean} on @param {string} yes @param {string} no @param {boolean} wanted */
  function told(on, yes, no, wanted) {
    announce(say(on ? yes : no));
    if (wanted && !on) troubled();
  }
}
