/** Who is in the visit, as a list. */
import { announce, byId, copyOf, initials, within } from "./dom.js";
import { say } from "./words.js";

/** @param {import("../rtc/session.js").Session} session @param {{name: string, role: string}} me */
export function people(session, me) {
  const list = document.getElementById("people");
  session.on("joined", ({ name }) => announce(say("joined", { name })));
  session.on("left", ({ name }) => announce(say("left", { name })));
  if (!list) return; // the patient's page names people on their tiles only
  const draw = () => {
    const others = [...session.people.values()];
    list.replaceChildren(row(me.name, `${say("you")} · ${say(me.role)}`, session.media.state), ...others.map(({ name, role, media }) => row(name, say(role), media)));
    byId("people-count").textContent = String(others.length + 1);
  };
  for (const event of /** @type {const} */ (["joined", "left", "participant"])) session.on(event, draw);
  session.media.on("state", draw);
  draw();
}

/** @param {string} name @param {string} role @param {{microphone: boolean, camera: boolean}} media */
function row(name, role, media) {
  const item = copyOf("person-copy");
  within(item, ".avatar").textContent = initials(name);
  within(item, "strong").textContent = name;
  within(item, "p").textContent = role;
  within(item, ".muted").hidden = media.microphone;
  within(item, ".dark-lens").hidden = media.camera;
  return item;
}
