/** The side panel. The clinician's has tabs (always open on a wide screen); the patient's holds only the chat and is opened. */
import { byId } from "./dom.js";

export class Panel {
  #box = byId("panel");
  #tabs = /** @type {HTMLElement[]} */ ([...this.#box.querySelectorAll("[role=tab]")]);
  #wide = matchMedia("(min-width: 900px)");
  #chatTab = document.getElementById("tab-chat");
  #opener = document.getElementById("chat-open");

  /** @param {() => void} onChat called when the chat comes into sight */
  constructor(onChat) {
    this.onChat = onChat;
    for (const tab of this.#tabs) tab.addEventListener("click", () => this.#press(tab));
    this.#box.querySelector("[role=tablist]")?.addEventListener("keydown", (event) => this.#walk(/** @type {KeyboardEvent} */ (event)));
    this.#opener?.addEventListener("click", () => this.#toggle(!this.#open));
    document.getElementById("panel-close")?.addEventListener("click", () => this.#toggle(false));
    if (this.#opener) this.#box.addEventListener("keydown", (event) => void (event.key === "Escape" && this.#toggle(false)));
  }

  /** Whether the chat can be read now. */
  visible() {
    if (!this.#chatTab) return this.#open;
    return this.#chatTab.ariaSelected === "true" && (this.#wide.matches || this.#open);
  }

  /** @param {number} count */
  unread(count) {
    const badge = byId("unread");
    badge.hidden = !count;
    badge.textContent = String(count || "");
  }

  /** Makes room for faces on a phone. */
  fold() {
    this.#show(false);
  }

  get #open() {
    return this.#box.classList.contains("open");
  }

  /** @param {boolean} open */
  #show(open) {
    this.#box.classList.toggle("open", open);
    this.#opener?.setAttribute("aria-expanded", String(open));
    if (this.visible()) this.onChat();
  }

  /** The patient's chat, with the focus going in and out with it. @param {boolean} open */
  #toggle(open) {
    this.#show(open);
    (open ? byId("chat-text") : this.#opener)?.focus();
  }

  /** On a phone the tab at hand folds its panel away. @param {HTMLElement} tab */
  #press(tab) {
    this.#show(tab.ariaSelected !== "true" || !this.#open);
    this.#select(tab);
    if (tab === this.#chatTab && this.visible()) byId("chat-text").focus();
  }

  /** @param {HTMLElement} tab */
  #select(tab) {
    for (const each of this.#tabs) {
      each.setAttribute("aria-selected", String(each === tab));
      each.tabIndex = each === tab ? 0 : -1;
      byId(each.getAttribute("aria-controls") ?? "").hidden = each !== tab;
    }
    if (this.visible()) this.onChat();
  }

  /** Arrow keys, Home and End walk the tabs. @param {KeyboardEvent} event */
  #walk({ key }) {
    const at = this.#tabs.findIndex((tab) => tab === document.activeElement);
    /** @type {Record<string, number>} */
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: this.#tabs.length - 1 };
    if (!(key in to)) return;
    const next = this.#tabs[(to[key] + this.#tabs.length) % this.#tabs.length];
    next.focus();
    this.#select(next);
  }
}
