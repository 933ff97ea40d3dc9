/** The conversation on the page. What is typed is shown at once, as "Sending" until the server has it. */
import { announce, byId, copyOf, within } from "./dom.js";
import { say } from "./words.js";

/**
 * @typedef {import("../rtc/chatlog.js").Said} Said
 * @typedef {{visible: () => boolean, unread: (count: number) => void}} Panel
 */

export class Chat {
  /** @type {Map<string, HTMLElement>} */
  #bubbles = new Map();
  #list = byId("messages");
  #unread = 0;

  /** @param {import("../rtc/session.js").Session} session @param {Panel} panel */
  constructor(session, panel) {
    this.session = session;
    this.panel = panel;
    byId("chat-form").addEventListener("submit", (event) => this.#submit(event));
    session.on("chat", (log) => this.#draw(log));
    session.on("said", (said) => this.#news(said));
  }

  /** The conversation is on the screen now. */
  seen() {
    this.#unread = 0;
    this.panel.unread(0);
    this.#list.lastElementChild?.scrollIntoView({ block: "nearest" });
  }

  /** @param {Event} event */
  #submit(event) {
    event.preventDefault();
    const input = /** @type {HTMLInputElement} */ (byId("chat-text"));
    const text = input.value.trim();
    if (!text) return;
    this.session.say(text);
    input.value = "";
  }

  /** @param {Said} said */
  #news({ name }) {
    if (this.panel.visible()) return;
    announce(say("newMessage", { name }));
    this.panel.unread(++this.#unread);
  }

  /** @param {readonly Said[]} log */
  #draw(log) {
    byId("chat-empty").hidden = log.length > 0;
    log.forEach((said, at) => {
      const bubble = this.#bubbles.get(keyOf(said)) ?? copyOf("bubble-copy");
      if (bubble.dataset.state === said.state) return;
      this.#bubbles.set(keyOf(said), bubble);
      this.#fill(bubble, said);
      this.#place(bubble, log.slice(at + 1));
    });
    this.#list.lastElementChild?.scrollIntoView({ block: "nearest" });
  }

  /** @param {HTMLElement} bubble @param {Said} said */
  #fill(bubble, said) {
    const mine = said.from === this.session.self;
    bubble.dataset.state = said.state;
    bubble.classList.toggle("mine", mine);
    bubble.classList.toggle("failed", said.state === "failed");
    within(bubble, ".from").textContent = mine ? "" : said.name;
    within(bubble, "p").textContent = said.text;
    within(bubble, "time").textContent = said.at ? timeOfDay(said.at) : "";
    within(bubble, ".state").textContent = mine ? `${said.at ? " · " : ""}${say(said.state)}` : "";
    const again = within(bubble, "button");
    again.hidden = said.state !== "failed";
    again.onclick = () => this.session.sayAgain(said.id);
  }

  /** In the log's order, without moving what stands right: readers would hear it again. @param {HTMLElement} bubble @param {Said[]} later */
  #place(bubble, later) {
    const next = later.map((said) => this.#bubbles.get(keyOf(said))).find((found) => found?.isConnected) ?? null;
    if (!bubble.isConnected || bubble.nextElementSibling !== next) this.#list.insertBefore(bubble, next);
  }
}

/** @param {Said} said */
const keyOf = (said) => `${said.from} ${said.id}`;

/** @param {string} at ISO 8601 */
function timeOfDay(at) {
  return new Date(at).toLocaleTimeString(document.documentElement.lang || undefined, { hour: "numeric", minute: "2-digit" });
}
