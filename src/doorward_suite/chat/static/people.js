// Who is in the room: names, and how far each has read. Asked for when somebody is met whom the page does not know.
import { ask } from "./server.js";

export class People {
  #address;
  #known = new Map();
  #asking = null;

  /** @param {string} address of the list of everybody in the room */
  constructor(address) {
    this.#address = address;
  }

  /** Called when somebody is known better than before. */
  onChange = () => {};

  /** Be sure to know these accounts, if they are in the room. */
  async know(accounts) {
    if (accounts.some((one) => !this.#known.has(one))) await this.load();
  }

  /** Ask for everybody, once at a time. */
  load() {
    this.#asking ??= this.#load().finally(() => { this.#asking = null; });
    return this.#asking;
  }

  async #load() {
    const response = await ask(this.#address).catch(() => null);
    if (!response?.ok) return;
    const { people } = await response.json();
    for (const { id, name, read_to: readTo } of people) {
      this.#known.set(id, { id, name, readTo: Math.max(readTo, this.#known.get(id)?.readTo ?? 0) });
    }
    this.onChange();
  }

  name(account) {
    return this.#known.get(account)?.name;
  }

  /** Somebody has read up to this message. */
  read(account, to) {
    const known = this.#known.get(account);
    if (!known) {
      this.load();
      return;
    }
    known.readTo = Math.max(known.readTo, to);
    this.onChange();
  }

  /** The names of those who have read a message, but for these accounts. */
  readBy(message, without) {
    return [...this.#known.values()].filter(({ id, readTo }) => readTo >= message && !without.includes(id)).map(({ name }) => name).sort((one, other) => one.localeCompare(other));
  }
}
