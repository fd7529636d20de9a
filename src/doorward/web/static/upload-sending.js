// One file on its way to `/files`: announced, sent in parts, gone on with after a broken connection, or given up.
// Used by uploads.js; an app that draws its own control may use it alone.
const PART = 8 * 1024 * 1024;
const FIRST_WAIT = 1000;
const LONGEST_WAIT = 30000;
const MOST_TRIES = 8;
const ANSWER_WITHIN = 90000;
// Files that have begun, by what they are: so that choosing one again after a reload goes on with it.
const KEY = "doorward-uploads";

/** What cannot be mended by trying again. `message` is for people. */
export class Refused extends Error {}
/** The person has changed their mind. */
export class GivenUp extends Error {}

export class Sending {
  /**
   * @param {File} file
   * @param {{intake: string, about: string}} where
   * @param {(state: string, sent: number) => void} onChange "sending", "waiting" or "checking", and how many bytes are there
   */
  constructor(file, where, onChange) {
    this.file = file;
    this.where = where;
    this.onChange = onChange;
    this.id = null;
    this.request = null;
    this.givenUp = false;
    this.wake = null;
  }

  /** Send it. @returns {Promise<{id: string, name: string, notes: string[]}>} */
  async run() {
    for (let tries = 0; ; tries += 1) {
      const before = this.sent;
      try {
        return await this.#once();
      } catch (problem) {
        if (this.givenUp) throw new GivenUp();
        if (problem instanceof Refused) {
          if ([404, 413, 422].includes(problem.status)) forget(this);
          throw problem;
        }
        if (this.sent > before) tries = 0;
        if (tries >= MOST_TRIES) throw new Refused("The connection is broken. What was sent is kept: try again.");
        this.onChange("waiting", this.sent);
        await this.#pause(problem.seconds ? problem.seconds * 1000 : Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** tries));
      }
    }
  }

  /** Stop, and let the server forget what it has. */
  async giveUp() {
    this.givenUp = true;
    this.request?.abort();
    this.wake?.();
    forget(this);
    if (this.id) await ask("DELETE", `/files/${this.id}`, null, {}, this).catch(() => {});
  }

  sent = 0;

  async #once() {
    const state = await this.#begun();
    if (state.state === "arrived") return this.#done(state);
    this.sent = state.offset;
    for (;;) {
      this.onChange(this.sent < this.file.size ? "sending" : "checking", this.sent);
      const answer = await this.#part();
      if (answer.state === "arrived") return this.#done(answer);
      this.sent = answer.offset;
    }
  }

  /** Where the server is with this file; announces it where it knows nothing. */
  async #begun() {
    this.id ??= remembered(this);
    if (this.id) {
      try {
        const state = await ask("GET", `/files/${this.id}`, null, {}, this);
        if (state.state === "refused") throw Object.assign(new Refused(state.reason), { status: 422 });
        if (state.state !== "taken") return state;
      } catch (problem) {
        if (problem.status !== 404) throw problem;
      }
      forget(this);
    }
    const { name, size } = this.file;
    const offer = JSON.stringify({ ...this.where, name, size });
    const begun = await ask("POST", "/files", offer, { "Content-Type": "application/json" }, this);
    this.id = begun.id;
    remember(this);
    return { state: "arriving", offset: 0 };
  }

  async #part() {
    const from = this.sent;
    const part = this.file.slice(from, from + PART);
    const headers = { "Content-Type": "application/octet-stream", "Upload-Offset": String(from) };
    const last = from + part.size >= this.file.size;
    return ask("PATCH", `/files/${this.id}`, part, headers, this, (sent) => {
      this.onChange(last && sent >= part.size ? "checking" : "sending", from + sent);
    });
  }

  #done(state) {
    forget(this);
    this.sent = this.file.size;
    return { id: state.id, name: state.name, notes: state.notes };
  }

  /** Wait; the network coming back ends the wait. */
  #pause(milliseconds) {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.wake?.(), milliseconds);
      this.wake = () => {
        clearTimeout(timer);
        removeEventListener("online", this.wake);
        this.wake = null;
        resolve();
      };
      addEventListener("online", this.wake);
    });
  }
}

/** One request. XMLHttpRequest, since only it says how much has been sent. */
function ask(method, path, body, headers, sending, onProgress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    sending.request = method === "DELETE" ? sending.request : request;
    request.open(method, path);
    request.responseType = "json";
    request.timeout = body instanceof Blob ? 0 : ANSWER_WITHIN;
    const token = document.querySelector('meta[name="csrf-token"]')?.content ?? "";
    const all = { Accept: "application/json", "X-CSRF-Token": token, ...headers };
    for (const [name, value] of Object.entries(all)) request.setRequestHeader(name, value);
    if (onProgress) request.upload.onprogress = (event) => onProgress(event.loaded);
    request.onload = () => {
      if (request.status < 300) resolve(request.response ?? {});
      else reject(problemOf(request));
    };
    request.onerror = request.ontimeout = request.onabort = () => reject(new Error("the connection broke off"));
    request.send(body);
  });
}

/** What went wrong. Who may try again is told when; the rest are refusals. */
function problemOf(request) {
  const { status } = request;
  const message = request.response?.error?.message;
  const seconds = Number(request.getResponseHeader("Retry-After")) || 0;
  const passes = status === 409 || status === 408 || status === 429 || status >= 500 || (status === 400 && !message);
  if (passes || message?.startsWith("The connection")) return Object.assign(new Error(message), { status, seconds });
  const words = status === 401 ? "You are not signed in any more. Sign in in another tab, then try again." : message;
  return Object.assign(new Refused(words || "This file was not taken."), { status });
}

function nameOf({ file, where }) {
  return JSON.stringify([where.intake, where.about, file.name, file.size, file.lastModified]);
}

function known() {
  try {
    return JSON.parse(sessionStorage.getItem(KEY)) ?? {};
  } catch {
    return {};
  }
}

function keep(ids) {
  try {
    sessionStorage.setItem(KEY, JSON.stringify(Object.fromEntries(Object.entries(ids).slice(-100))));
  } catch {
    // without storage a reload begins anew
  }
}

function remembered(sending) {
  return known()[nameOf(sending)] ?? null;
}

function remember(sending) {
  keep({ ...known(), [nameOf(sending)]: sending.id });
}

function forget(sending) {
  const ids = known();
  delete ids[nameOf(sending)];
  keep(ids);
  if (!sending.givenUp) sending.id = null;
}
