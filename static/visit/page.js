/**
 * The patient's page: device check, waiting room, call, all in this one document, so that the stream that was checked is the
 * stream that is seen. A refresh of someone who has arrived goes straight back to where they were.
 */
import { byId } from "../call/dom.js";
import { recall } from "../call/memory.js";
import { oneWindow } from "../call/one.js";
import { room } from "../call/room.js";
import { show, shown } from "../call/sections.js";
import { keepAwake } from "../call/wake.js";
import { config } from "../call/words.js";
import { obstacle } from "../rtc/failure.js";
import { LocalMedia } from "../rtc/media.js";
import { Session } from "../rtc/session.js";
import { callMe } from "./callme.js";
import { check } from "./check.js";
import { conferring } from "./conferring.js";
import { waiting } from "./waiting.js";

callMe();
const blocked = obstacle(window);
if (blocked) show(blocked);
else begin();

function begin() {
  const media = new LocalMedia();
  const session = new Session(config, media);
  recall(media, `curbside:${config.visit}:devices`);
  const { tiles } = room(session, media);
  const tab = oneWindow(`${config.role}:${config.visit}`);
  let stopCheck = () => {};

  const join = () => {
    stopCheck();
    show("waiting");
    tab.enter();
    session.start();
    void media.open();
  };
  const joinIfFree = async () => {
    if (await tab.free()) return join();
    stopCheck();
    media.close();
    show("replaced");
  };
  const leave = (/** @type {string} */ to) => {
    session.leave();
    tab.leave();
    media.close();
    show(to);
  };
  waiting(session, media, () => leave("left"));
  conferring();
  byId("leave").addEventListener("click", () => leave("left"));
  for (const button of document.querySelectorAll("[data-join]")) button.addEventListener("click", join);
  for (const button of document.querySelectorAll("[data-reload]")) button.addEventListener("click", () => location.reload());
  session.on("standing", (standing) => show(standing === "admitted" ? "call" : "waiting"));
  session.on("over", ({ why, message }) => {
    tab.leave();
    media.close();
    if (why === "ended" || why === "removed") location.replace(config.closedUrl);
    else show(why, message);
  });
  keepAwake();

  if (config.initial === "check") {
    show("check");
    stopCheck = check(media, { join: () => void joinIfFree(), onSpeaker: (id) => void tiles.speaker(id) });
  } else {
    void joinIfFree().then(() => config.initial === "call" && shown() === "waiting" && show("call"));
  }
}
