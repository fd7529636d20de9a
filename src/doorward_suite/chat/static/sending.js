// What is written waits here until the server has it: across lost networks and reloads, in its order, each once.
// Each message has a number made here; the server takes the same number only once, so that trying again is harmless.
const FIRST_WAIT = 1000;
const LONGEST_WAIT = 15000;

export class Outbox {
  #key;
  #post;
  #tell;
  #items;
  #busy = false;
  #wake = () => {};

  /**
   * @param {string} account whose it is: nothing of one person is sent by another who uses the same browser
   * @param {(item: object) => Promise<Response>} post
   * @param {(item: object, state: "waiting"|"sent"|"refused", said: any) => void} tell
   */
  constructor(account, post, tell) {
    this.#key = `chat-outbox:${account}`;
    this.#post = post;
    this.#tell = tell;
    this.#items = this.#stored();
    addEventListener("online", () => this.#wake());
  }

  get items() {
    return [...this.#items];
  }

  add(item) {
    this.#items.push(item);
    this.#keep();
    this.start();
  }

  start() {
    if (!this.#busy && this.#items.length) this.#work();
    else this.#wake();
  }

  async #work() {
    this.#busy = true;
    let wait = FIRST_WAIT;
    while (this.#items.length) {
      const item = this.#items[0];
      const { state, said, after } = await this.#attempt(item);
      if (state === "waiting") {
        this.#tell(item, state, said);
        await this.#pause(Math.max(wait, after));
        wait = Math.min(wait * 2, LONGEST_WAIT);
        continue;
      }
      wait = FIRST_WAIT;
      this.#items.shift();
      this.#keep();
      this.#tell(item, state, said);
    }
    this.#busy = false;
  }

  async #attempt(item) {
    try {
      const response = await this.#post(item);
      const answer = await response.json();
      if (response.ok) return { state: "sent", said: answer.message };
      const after = 1000 * (Number(response.headers.get("Retry-After")) || 0);
      if (response.status === 429 || response.status >= 500) return { state: "waiting", said: "not sent, trying again", after };
      const fields = Object.values(answer.error?.fields ?? {});
      return { state: "refused", said: fields[0] ?? answer.error?.message ?? "It was refused. Reload the page." };
    } catch {
      return { state: "waiting", said: "waiting for the network", after: 0 };
    }
  }

  #pause(time) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, time);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #stored() {
    try {
      return JSON.parse(localStorage.getItem(this.#key) ?? "[]");
    } catch {
      return [];
    }
  }

  #keep() {
    try {
      if (this.#items.length) localStorage.setItem(this.#key, JSON.stringify(this.#items));
      else localStorage.removeItem(this.#key);
    } catch {
      // Without storage it waits in this page alone.
    }
  }
}

export const newNumber = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (one) => one.toString(16).padStart(2, "0")).join("");
