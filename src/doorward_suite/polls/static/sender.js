// Sends one thing until the server has it: the newest only, again after a failure, and honest about how it stands.
const FIRST_WAIT = 1000;
const LONGEST_WAIT = 15000;

// post: (body) => Promise<Response>. say: (state, text) => void, with the states of ballot.css.
export class Sender {
  #post;
  #say;
  #wanted = null;
  #busy = false;
  #wait = FIRST_WAIT;
  #wake = () => {};

  constructor(post, say) {
    this.#post = post;
    this.#say = say;
    // Often said a moment before the network really is there: so the next waits are short again as well.
    addEventListener("online", () => { this.#wait = FIRST_WAIT; this.#wake(); });
  }

  get busy() { return this.#busy; }

  // Takes the place of whatever has not been sent yet. done(true) is called once it is saved, done(false) when it is refused.
  send(body, done) {
    this.#wanted = { body, done };
    this.#wake();
    if (!this.#busy) this.#work();
  }

  async #work() {
    this.#busy = true;
    this.#wait = FIRST_WAIT;
    while (this.#wanted) {
      const now = this.#wanted;
      this.#say("saving", "Saving…");
      const outcome = await this.#attempt(now.body);
      if (this.#wanted !== now) { this.#wait = FIRST_WAIT; continue; }
      if (outcome.again) {
        this.#say("failed", outcome.text);
        const wait = Math.max(this.#wait, outcome.after);
        this.#wait = Math.min(this.#wait * 2, LONGEST_WAIT);
        await this.#pause(wait);
      } else {
        this.#wanted = null;
        this.#say(outcome.saved ? "saved" : "failed", outcome.text);
        now.done(outcome.saved);
      }
    }
    this.#busy = false;
  }

  async #attempt(body) {
    try {
      const response = await this.#post(body);
      if (response.ok) return { saved: true, text: "Saved. You can still change it." };
      const after = 1000 * (Number(response.headers.get("Retry-After")) || 0);
      if (response.status === 429 || response.status >= 500) return { again: true, after, text: "Not saved, trying again" };
      const said = (await response.json().catch(() => ({}))).error?.message;
      return { saved: false, text: `Not saved. ${said ?? "Reload the page and try again."}` };
    } catch {
      return { again: true, after: 0, text: "Not saved, trying again" };
    }
  }

  #pause(time) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, time);
      this.#wake = () => { clearTimeout(timer); resolve(); };
    });
  }
}
