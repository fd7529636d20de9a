// Who has the room open, and who is typing. It comes over the stream alone, and is kept nowhere.
import { listen } from "/doorward/static/live.js";
import { send } from "./server.js";

/** How often one's own typing is told, and how long somebody else's is believed, in milliseconds. */
const TELL_EVERY = 4000;
const BELIEVED_FOR = 7000;
const MOST_NAMES = 3;

const list = new Intl.ListFormat("en-GB");

export class Presence {
  #chat;
  #people;
  #here;
  #count;
  #typing = new Map();
  #told = 0;

  /**
   * @param {HTMLElement} chat
   * @param {import("./people.js").People} people the names of who is in the room
   */
  constructor(chat, people) {
    this.#chat = chat;
    this.#people = people;
    this.#here = chat.dataset.here.split(" ").filter(Boolean);
    this.#count = this.#here.length;
  }

  start() {
    const { hereTopic, cursor } = this.#chat.dataset;
    if (!hereTopic) return;
    this.#show();
    listen(hereTopic, cursor, ({ type, data }) => {
      if (type === "typing") this.#someoneTypes(data);
      if (type === "read") this.#people.read(data.account, data.to);
      if (type === "people") {
        [this.#count, this.#here] = [data.count, data.accounts];
        this.#show();
      }
    });
    document.addEventListener("input", ({ target }) => {
      if (target.name === "text" && target.form?.matches(".composer") && target.value) this.#tell(target.form.dataset.thread);
    });
  }

  /** Who has written is not typing any more. */
  wrote({ author, thread }) {
    this.#stopped(`${author} ${thread}`);
  }

  #others() {
    return this.#here.filter((one) => one !== this.#chat.dataset.me);
  }

  async #show() {
    await this.#people.know(this.#others());
    const names = this.#others().map((one) => this.#people.name(one)).filter(Boolean).sort((one, other) => one.localeCompare(other));
    const place = document.getElementById("room-here");
    place.hidden = !names.length && (this.#here.length > 0 || this.#count < 2);
    const shown = names.slice(0, MOST_NAMES);
    if (names.length > shown.length) shown.push(`${names.length - shown.length} more`);
    place.textContent = names.length ? `Here now: ${list.format(shown)}` : `${this.#count} people are here now`;
  }

  #tell(thread) {
    const nobody = this.#here.length > 0 && !this.#others().length;
    if (nobody || this.#chat.dataset.live !== "live" || Date.now() - this.#told < TELL_EVERY) return;
    this.#told = Date.now();
    send(document.getElementById("typing").action, { thread }).catch(() => {});
  }

  #someoneTypes({ account, name, thread }) {
    if (account === this.#chat.dataset.me) return;
    const key = `${account} ${thread}`;
    clearTimeout(this.#typing.get(key)?.timer);
    this.#typing.set(key, { name, thread, timer: setTimeout(() => this.#stopped(key), BELIEVED_FOR) });
    this.#showTyping(thread);
  }

  #stopped(key) {
    const known = this.#typing.get(key);
    if (!known) return;
    clearTimeout(known.timer);
    this.#typing.delete(key);
    this.#showTyping(known.thread);
  }

  #showTyping(thread) {
    const place = document.querySelector(`.composer[data-thread="${Number(thread)}"] [data-typing]`);
    if (!place) return;
    const names = [...this.#typing.values()].filter((one) => one.thread === thread).map(({ name }) => name);
    if (!names.length) place.textContent = "";
    else if (names.length > MOST_NAMES) place.textContent = "Several people are typing…";
    else place.textContent = `${list.format(names)} ${names.length === 1 ? "is" : "are"} typing…`;
  }
}
