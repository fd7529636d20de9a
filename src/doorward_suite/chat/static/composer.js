// Where one writes: grows with the text, keeps a draft, answers and edits, sends with Enter.
import { Tray } from "./files.js";
import { newNumber } from "./sending.js";
import { ask, send } from "./server.js";

const KEEP_AFTER = 800;
const chat = document.getElementById("chat");

export class Composer {
  #form;
  #box;
  #outbox;
  #lastOwn;
  #editing = 0;
  #keeping = 0;
  #tray;
  #waits = false;

  /**
   * @param {HTMLFormElement} form
   * @param {import("./sending.js").Outbox} outbox
   * @param {() => HTMLElement|undefined} lastOwn the last message that one wrote here
   */
  constructor(form, outbox, lastOwn) {
    this.#form = form;
    this.#box = form.elements.text;
    this.#outbox = outbox;
    this.#lastOwn = lastOwn;
    form.addEventListener("submit", (event) => { event.preventDefault(); this.#submit(); });
    this.#box.addEventListener("keydown", (event) => this.#key(event));
    this.#box.addEventListener("input", () => { this.#grow(); this.#keepSoon(); });
    form.querySelector("[data-about-end]").addEventListener("click", (event) => { event.preventDefault(); this.#end(); });
    this.#tray = new Tray(form, form.closest("section, aside"));
    form.addEventListener("files", () => { if (this.#waits && !this.#tray.busy) this.#submit(); });
    this.#box.required = false;
    this.#grow();
  }

  get #thread() { return Number(this.#form.dataset.thread); }

  answer(id, words) {
    this.#editing = 0;
    this.#form.elements.reply_to.value = id;
    this.#say(`Answering ${words}`);
    this.#box.focus();
  }

  async edit(id) {
    const response = await ask(`/chat/m/${id}/data`).catch(() => null);
    if (!response?.ok) return;
    const { message } = await response.json();
    if (message.text === undefined || message.deleted) return;
    this.#editing = id;
    this.#say("Editing your message");
    this.#box.value = message.text;
    this.#grow();
    this.#box.focus();
  }

  refused(text, said) {
    if (!this.#box.value) this.#box.value = text;
    this.problem(said);
    this.#grow();
  }

  problem(said) {
    const place = this.#form.querySelector("[data-problem]");
    place.hidden = !said;
    place.textContent = said;
  }

  #say(text) {
    this.#form.querySelector("[data-about]").hidden = !text;
    this.#form.querySelector("[data-about-text]").textContent = text;
  }

  #end() {
    if (this.#editing) this.#box.value = "";
    this.#editing = 0;
    this.#form.elements.reply_to.value = "";
    this.#say("");
    this.#grow();
    this.#box.focus();
  }

  #key(event) {
    if (event.isComposing) return;
    const empty = this.#box.value === "";
    if (event.key === "Enter" && !event.shiftKey && !matchMedia("(pointer: coarse)").matches) {
      event.preventDefault();
      this.#submit();
    } else if (event.key === "ArrowUp" && empty) {
      const row = this.#lastOwn();
      if (row) {
        event.preventDefault();
        this.edit(Number(row.dataset.id));
      }
    } else if (event.key === "Escape") this.#end();
  }

  async #submit() {
    const text = this.#box.value;
    if (!text.trim() && !this.#tray.ids.length) return;
    this.#waits = this.#tray.busy;
    if (this.#waits) {
      this.problem("It is sent as soon as all files are there.");
      return;
    }
    this.problem("");
    clearTimeout(this.#keeping);
    if (this.#editing) {
      await this.#save(this.#editing, text);
      return;
    }
    const fields = { thread: this.#thread, reply_to: this.#form.elements.reply_to.value, text, files: this.#tray.ids };
    this.#outbox.add({ ...fields, client: newNumber(), room: Number(chat.dataset.room), at: new Date().toISOString() });
    this.#box.value = "";
    this.#tray.clear();
    this.#end();
  }

  async #save(id, text) {
    const response = await send(`/chat/m/${id}/text`, { text }).catch(() => null);
    if (response?.ok) this.#end();
    else {
      const answer = await response?.json().catch(() => null);
      this.problem(Object.values(answer?.error?.fields ?? {})[0] ?? answer?.error?.message ?? "Not saved. Is the network there?");
    }
  }

  #keepSoon() {
    clearTimeout(this.#keeping);
    if (this.#editing) return;
    this.#keeping = setTimeout(() => {
      send(`/chat/${chat.dataset.room}/draft`, { text: this.#box.value, thread: this.#thread }).catch(() => {});
    }, KEEP_AFTER);
  }

  #grow() {
    this.#box.rows = Math.min(10, this.#box.value.split("\n").length);
  }
}
