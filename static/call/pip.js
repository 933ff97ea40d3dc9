/** The other person's picture in a window of its own, where the browser can. */
import { byId } from "./dom.js";

/** @param {() => HTMLVideoElement | null} biggest the picture to lift out */
export function pictureInPicture(biggest) {
  const button = byId("float");
  button.hidden = !document.pictureInPictureEnabled;
  button.addEventListener("click", async () => {
    if (document.pictureInPictureElement) return void document.exitPictureInPicture();
    await biggest()?.requestPictureInPicture().catch(() => {}); // without a picture there is nothing to lift out
  });
}
