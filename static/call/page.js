/** The clinician's call page. Media and signaling start side by side, neither waits for the other, unless the call is in another window. */
import { obstacle } from "../rtc/failure.js";
import { LocalMedia } from "../rtc/media.js";
import { Session } from "../rtc/session.js";
import { arrival } from "./arrival.js";
import { byId } from "./dom.js";
import { given } from "./given.js";
import { recall } from "./memory.js";
import { oneWindow } from "./one.js";
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
  const session = new Session(config, media, given(location.pathname + location.search));
  const tab = oneWindow(`${config.role}:${config.visit}`);
  let stopCalling = () => {};
  recall(media, `curbside:${config.visit}:devices`, config.means);
  const { side } = room(session, media);
  if (config.means !== "chat") session.on("joined", () => side.fold());
  session.on("over", ({ why, message }) => {
    tab.leave();
    media.close();
    stopCalling();
    if (why === "ended" || why === "removed") location.replace(config.closedUrl);
    else show(why, message);
  });
  if (document.getElementById("waiting")) arrival(); // a talk of two clinicians has no waiting room
  leaving(session);
  const join = () => {
    show("call");
    tab.enter();
    stopCalling = calling();
    session.start();
    void media.open();
  };
  for (const button of document.querySelectorAll("[data-join]")) button.addEventListener("click", join);
  for (const button of document.querySelectorAll("[data-reload]")) button.addEventListener("click", () => location.reload());
  keepAwake();
  void tab.free().then((free) => (free ? join() : show("replaced")));
}

/** Tells the server that a call is on, for as long as it is. @returns {() => void} stops it */
function calling() {
  const tell = () => void fetch("/alive/call", { method: "POST" }).catch(() => null);
  const timer = setInterval(tell, ALIVE);
  tell();
  return () => clearInterval(timer);
}

/** @param {Session} session */
function leaving(session) {
  sheet(/** @type {HTMLDialogElement} */ (byId("ending")), byId("end"), { modal: true });
  byId("leave").addEventListener("click", () => {
    session.leave();
    location.assign(byId("leave").dataset.href ?? "/");
  });
}
