/** Puts the parts of a call together, for the clinician's page and the patient's alike. */
import { bar } from "./bar.js";
import { Chat } from "./chat.js";
import { clock } from "./clock.js";
import { pickers, problems } from "./devices.js";
import { byId } from "./dom.js";
import { deviceNotice, notices } from "./notices.js";
import { Panel } from "./panel.js";
import { people } from "./people.js";
import { pictureInPicture } from "./pip.js";
import { quality } from "./quality.js";
import { shown } from "./sections.js";
import { selfView } from "./selfview.js";
import { sheet } from "./sheets.js";
import { shortcuts } from "./shortcuts.js";
import { Tiles } from "./tiles.js";
import { topics } from "./topics.js";
import { reporting } from "../rtc/quality.js";
import { remember } from "./memory.js";
import { config } from "./words.js";
import { Tuning } from "../rtc/tuning.js";

/**
 * @typedef {import("../rtc/session.js").Session} Session
 * @typedef {import("../rtc/media.js").LocalMedia} LocalMedia
 */

/** @param {Session} session @param {LocalMedia} media */
export function room(session, media) {
  const tiles = new Tiles(session);
  const tuning = new Tuning(session);
  const side = new Panel(() => talk.seen());
  const talk = new Chat(session, side);
  const settings = sheet(/** @type {HTMLDialogElement} */ (byId("settings")), byId("more"));
  selfView(media);
  bar(media, settings);
  people(session, config);
  pickers("pick", media, (id) => void tiles.speaker(id));
  problems(media);
  quality(session, tuning, (id, talks) => tiles.talks(id, talks));
  notices(session, tuning, (id, still) => tiles.still(id, still));
  deviceNotice(media);
  const { note } = reporting(session, tuning);
  session.on("restarted", ({ id }) => note("ice_restart", id));
  tuning.on("paused", ({ id, paused }) => note(paused ? "video_paused" : "video_resumed", id));
  clock(session, `curbside:${config.visit}:since`);
  shortcuts(() => shown() === "call");
  pictureInPicture(() => tiles.biggest());
  remember(media, `curbside:${config.visit}:devices`);
  topics(session, document.body);
  return { tiles, side, tuning };
}
