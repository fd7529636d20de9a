// What is written waits here until the server has it: across lost networks and reloads, in its order, each once.
// Each message has a number made here; the server takes the same number only once, so that trying again is harmless.
const FIRST_WAIT = 1000;
const LONGEST_WAIT = 15000;
// As many as the server takes in one request.
const AT_ONCE = 50;
const MOST_SIGNS = 10000;

const outcome = ({ message, refused }) => (message ? ["sent", message] : ["refused", refused]);

export class Outbox {
  #key;
  #post;
  #tell;
  #items;
  #busy = false;
  #alone = 0;
  #wake = () => {};

  /**
   * @param {string} account whose it is: nothing of one person is sent by another who uses the same browser
   * @param {(items: object[]) => Promise<Response>} post one, or several that waited together and carry no files
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
      const items = this.#next();
      const { waits, after, told } = await this.#attempt(items);
      if (!waits && !told) {
        this.#alone = items.length;
        continue;
      }
      if (waits) {
        for (const item of items) this.#tell(item, "waiting", waits);
        await this.#pause(Math.max(wait, after));
        wait = Math.min(wait * 2, LONGEST_WAIT);
        continue;
      }
      wait = FIRST_WAIT;
      this.#alone -= 1;
      this.#items.splice(0, items.length);
      this.#keep();
      items.forEach((item, place) => this.#tell(item, ...told[place]));
    }
    this.#busy = false;
  }

  /** What goes next: all that waits and carries no files, up to the first that does; or one alone. */
  #next() {
    let signs = 0;
    const fits = (item, place) => !item.files?.length && place < AT_ONCE && (signs += item.text.length) <= MOST_SIGNS;
    const end = this.#alone > 0 ? 1 : this.#items.findIndex((item, place) => !fits(item, place));
    return this.#items.slice(0, end < 0 ? this.#items.length : Math.max(end, 1));
  }

  /** Gives `waits` with a reason, or of each item in `told` what became of it; or neither, where they are to go alone. */
  async #attempt(items) {
    try {
      const response = await this.#post(items);
      const answer = await response.json();
      if (response.ok) return { told: items.length === 1 ? [["sent", answer.message]] : answer.messages.map(outcome) };
      const after = 1000 * (Number(response.headers.get("Retry-After")) || 0);
      if (response.status === 429 || response.status >= 500) return { waits: "not sent, trying again", after };
      if (items.length > 1) return {}; // not as many at once: each alone is told why
      const fields = Object.values(answer.error?.fields ?? {});
      const why = fields[0] ?? answer.error?.message ?? "It was refused. Reload the page.";
      return { told: [["refused", why]] };
    } catch {
      return { waits: "waiting for the network", after: 0 };
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
