// What one is told of while looking elsewhere: a sound, a notice of the browser, a line in the page. What a room may tell is
// said by the room's list; whoever is not to be disturbed is told nothing, and it is counted all the same.
const SHOWN_FOR = 12000;
const LATER = 250;

const kept = (name) => {
  try { return localStorage.getItem(name) === "1"; } catch { return false; }
};

/** What this browser does, for this person. */
export class Wishes {
  #whose;

  constructor(whose) {
    this.#whose = whose;
  }

  get sound() { return kept(`chat-sound:${this.#whose}`); }

  get desktop() { return kept(`chat-desktop:${this.#whose}`) && globalThis.Notification?.permission === "granted"; }

  set(what, on) {
    try {
      if (on) localStorage.setItem(`chat-${what}:${this.#whose}`, "1");
      else localStorage.removeItem(`chat-${what}:${this.#whose}`);
    } catch {
      // Without storage it cannot be wished for.
    }
  }
}

let audio = null;

/** Two short notes. Browsers let a page sound once somebody has done something in it. */
export function chime() {
  audio ??= new AudioContext();
  audio.resume();
  const begin = audio.currentTime + 0.02;
  for (const [at, pitch] of [[0, 659], [0.14, 880]]) {
    const note = audio.createOscillator();
    const loud = audio.createGain();
    note.frequency.value = pitch;
    loud.gain.setValueAtTime(0, begin + at);
    loud.gain.linearRampToValueAtTime(0.18, begin + at + 0.02);
    loud.gain.exponentialRampToValueAtTime(0.001, begin + at + 0.28);
    note.connect(loud).connect(audio.destination);
    note.start(begin + at);
    note.stop(begin + at + 0.3);
  }
}

export class Alerts {
  #wishes;
  #here;
  #until;

  /** whose: the topic of the person. here: the room that is open. until: when they may be disturbed again, or "". */
  constructor(whose, here, until) {
    this.#wishes = new Wishes(whose);
    this.#here = here;
    this.hush({ until });
  }

  get quiet() { return this.#until > Date.now(); }

  hush({ until }) {
    this.#until = until ? new Date(until).getTime() : 0;
  }

  news({ room, id, thread, called }) {
    const link = document.querySelector(`.room-link[data-room="${room}"]`);
    const level = link?.dataset.notify ?? "mentions";
    if (this.quiet || level === "none" || (level !== "all" && !called) || (thread && !called)) return;
    const title = link?.querySelector(".room-title").textContent ?? "Chat";
    const looks = document.visibilityState === "visible" && document.hasFocus();
    this.#once(`${room}:${id}`, looks, () => {
      if (looks && room === this.#here) return;
      if (looks && called) this.#line(id, title);
      if (!looks && this.#wishes.desktop) this.#notice(room, id, title, called);
      if (this.#wishes.sound) chime();
    });
  }

  /** Of all tabs of this browser one does it: that which is looked at, or else any. */
  async #once(name, looks, act) {
    if (!navigator.locks) {
      act();
      return;
    }
    if (!looks) await new Promise((resolve) => setTimeout(resolve, LATER));
    navigator.locks.request(`chat-alert-${name}`, { ifAvailable: true }, async (lock) => {
      if (!lock) return;
      act();
      await new Promise((resolve) => setTimeout(resolve, 10 * LATER));
    });
  }

  #line(id, title) {
    const line = document.createElement("div");
    const text = document.createElement("p");
    const show = document.createElement("a");
    const close = document.createElement("button");
    line.className = "ring named notice";
    line.setAttribute("role", "status");
    text.textContent = `You were named in ${title}.`;
    Object.assign(show, { className: "button", href: `/chat/m/${id}`, textContent: "Show" });
    Object.assign(close, { className: "button quiet", type: "button", textContent: "Close" });
    close.addEventListener("click", () => line.remove());
    line.append(text, show, close);
    document.querySelector(".ring.named")?.remove();
    document.body.append(line);
    setTimeout(() => line.remove(), SHOWN_FOR);
  }

  async #notice(room, id, title, called) {
    const body = called ? "You were named." : "Something new was written.";
    const options = { body, tag: `chat-${room}`, data: { path: `/chat/m/${id}` } };
    const worker = await navigator.serviceWorker?.getRegistration("/chat/").catch(() => null);
    if (worker?.active) {
      await worker.showNotification(title, options);
      return;
    }
    const notice = new Notification(title, options);
    notice.addEventListener("click", () => {
      globalThis.focus();
      location.assign(options.data.path);
    });
  }
}
