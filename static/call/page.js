/** The clinician's call page. Media and signaling start at once and side by side; neither waits for the other. */
import { obstacle } from "../rtc/failure.js";
import { LocalMedia } from "../rtc/media.js";
import { Session } from "../rtc/session.js";
import { arrival } from "./arrival.js";
import { byId } from "./dom.js";
import { recall } from "./memory.js";
import { room } from "./room.js";
import { show } from "./sections.js";
import { sheet } from "./sheets.js";
import { keepAwake } from "./wake.js";
import { config } from "./words.js";

const ALIVE = 25000; // ms: a running call goes on, though nobody is at the keyboard; pages with records lock meanwhile
const blocked = obstacle(window);
if (blocked) show(blocked);
else begin();

function begin() {
  const media = new LocalMedia();
  const session = new Session(config, media);
  const call = () => void fetch("/alive/call", { method: "POST" }).catch(() => null);
  const calling = setInterval(call, ALIVE);
  call();
  recall(media, `curbside:${config.visit}:devices`);
  const { side } = room(session, media);
  session.on("joined", () => side.fold());
  session.on("over", ({ why, message }) => {
    media.close();
    clearInterval(calling);
    if (why === "ended" || why === "removed") location.replace(config.closedUrl);
    else show(why, message);
  });
  arrival();
  leaving(session);
  for (const button of document.querySelectorAll("[data-join]")) button.addEventListener("click", () => location.reload());
  for (const button of document.querySelectorAll("[data-reload]")) button.addEventListener("click", () => location.reload());
  keepAwake();
  session.start();
  void media.open();
}

/** @param {Session} session */
function leaving(session) {
  sheet(/** @type {HTMLDialogElement} */ (byId("ending")), byId("end"), { modal: true });
  byId("leave").addEventListener("click", () => {
    session.leave();
    location.assign(byId("leave").dataset.href ?? "/");
  });
}
