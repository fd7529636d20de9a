// Makes the plain control of doorward/_uploads.html one that sends at once: by choosing, dropping or pasting, several at a time,
// each with its progress, to be cancelled or tried again. The form then carries the ids of what arrived.
//
// Events on the control, for apps: "upload-arrived" and "upload-refused", with detail {id, name, notes} or {name, message}.
import { GivenUp, Refused, Sending } from "./upload-sending.js";
import { wordsOf } from "./words.js";

const AT_ONCE = 2;
const UNITS = ["bytes", "KiB", "MiB", "GiB"];

/** An element with text and attributes. */
function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

function inWords(size) {
  let unit = 0;
  for (; size >= 1024 && unit < 3; unit += 1) size /= 1024;
  return `${unit ? size.toFixed(1).replace(/\.0$/, "") : size} ${UNITS[unit]}`;
}

let running = 0;
const queue = [];

function next() {
  while (running < AT_ONCE && queue.length) {
    running += 1;
    queue.shift().work().finally(() => {
      running -= 1;
      next();
    });
  }
}

/** One file in the list. */
class Item {
  constructor(control, file) {
    this.control = control;
    const said = this.said = control.said;
    this.file = file;
    this.state = "queued";
    this.bar = make("progress", { max: Math.max(1, file.size), value: 0, "aria-label": file.name });
    this.text = make("span", { class: "upload-state" }, said("Waiting for its turn."));
    this.again = make("button", { type: "button", class: "button quiet", hidden: "" }, said("Try again"));
    this.cancel = make("button", { type: "button", class: "button quiet" }, said("Cancel"));
    for (const button of [this.again, this.cancel]) {
      button.append(make("span", { class: "visually-hidden" }, ` ${file.name}`));
    }
    const title = make("p", { class: "upload-name" }, file.name, make("span", { class: "hint" }, ` ${inWords(file.size)}`));
    this.notes = make("div", { class: "upload-notes" });
    this.element = make("li", { class: "upload-item" }, title, this.bar, this.text, this.notes,
      make("div", { class: "upload-buttons" }, this.again, this.cancel));
    this.again.addEventListener("click", () => this.queue());
    this.cancel.addEventListener("click", () => this.remove());
    this.sending = new Sending(file, control.where, (state, sent) => this.show(state, sent));
  }

  get busy() {
    return this.state === "queued" || this.state === "sending";
  }

  queue() {
    this.state = "queued";
    this.element.classList.remove("bad");
    this.again.hidden = true;
    this.bar.hidden = false;
    this.text.textContent = this.said("Waiting for its turn.");
    queue.push(this);
    next();
    this.control.tell();
  }

  async work() {
    if (this.state !== "queued") return;
    this.state = "sending";
    try {
      if (!this.file.size) throw new Refused("This is empty, or a folder.");
      if (this.file.size > this.control.largest) {
        throw new Refused(`This is larger than the ${inWords(this.control.largest)} that are taken here.`);
      }
      this.arrived(await this.sending.run());
    } catch (problem) {
      if (!(problem instanceof GivenUp)) this.failed(problem);
    }
    this.control.tell();
  }

  show(state, sent) {
    if (this.state !== "sending") return;
    if (state === "checking") this.bar.removeAttribute("value");
    else this.bar.value = sent;
    const share = Math.floor((100 * sent) / Math.max(1, this.file.size));
    this.text.textContent = this.said({
      checking: "Being looked at …",
      waiting: `No connection. ${share} % are there; it goes on by itself.`,
      sending: `${share} %`,
    }[state]);
    this.element.dataset.state = state;
  }

  arrived(file) {
    this.state = "arrived";
    this.element.dataset.state = "arrived";
    this.bar.hidden = true;
    this.text.textContent = this.said("✓ Ready");
    this.element.append(make("input", { type: "hidden", name: this.control.field, value: file.id }));
    for (const note of file.notes) this.notes.append(make("p", { class: "notice warn" }, this.said(note)));
    this.cancel.firstChild.data = this.said("Remove");
    this.fileId = file.id;
    this.control.dispatch("upload-arrived", file);
  }

  failed(problem) {
    this.state = "failed";
    this.element.dataset.state = "failed";
    this.element.classList.add("bad");
    this.bar.hidden = true;
    this.text.textContent = this.said(problem instanceof Refused ? problem.message : "This file could not be sent.");
    this.again.hidden = problem.status === 422 || problem.status === 413;
    this.cancel.firstChild.data = this.said("Remove");
    this.control.dispatch("upload-refused", { name: this.file.name, message: this.text.textContent });
  }

  remove() {
    this.state = "gone";
    if (this.fileId) this.sending.id = this.fileId;
    this.sending.giveUp();
    this.element.remove();
    this.control.items.delete(this);
    this.control.input.focus();
    this.control.tell();
  }
}

/** One control. */
class Control {
  constructor(box) {
    this.box = box;
    this.said = wordsOf(box);
    this.where = { intake: box.dataset.intake, about: box.dataset.about };
    this.field = box.dataset.field;
    this.largest = Number(box.dataset.largest);
    this.input = box.querySelector("input[type=file]");
    this.form = this.input.form;
    this.items = new Set();
    this.waiting = null;
    this.list = make("ul", { class: "upload-list" });
    this.status = make("p", { class: "visually-hidden", role: "status" });
    this.input.removeAttribute("name"); // what arrived is in the form by its id, and not a second time as itself
    box.classList.add("ready");
    box.append(make("p", { class: "upload-drop", "aria-hidden": "true" }, this.said("Or drop files here, or paste them.")), this.list, this.status);
    this.input.addEventListener("change", () => {
      this.add([...this.input.files]);
      this.input.value = "";
    });
    this.listen();
  }

  listen() {
    for (const kind of ["dragenter", "dragover"]) {
      this.box.addEventListener(kind, (event) => {
        if (![...event.dataTransfer.types].includes("Files")) return;
        event.preventDefault();
        this.box.classList.add("over");
      });
    }
    this.box.addEventListener("dragleave", (event) => {
      if (!this.box.contains(event.relatedTarget)) this.box.classList.remove("over");
    });
    this.box.addEventListener("drop", (event) => {
      event.preventDefault();
      this.box.classList.remove("over");
      this.add([...event.dataTransfer.files]);
    });
    this.form?.addEventListener("submit", (event) => this.beforeSubmit(event));
  }

  add(files) {
    if (!this.input.multiple && files.length) {
      for (const item of [...this.items]) item.remove();
      files = files.slice(0, 1);
    }
    for (const file of files) {
      const item = new Item(this, file);
      this.items.add(item);
      this.list.append(item.element);
      item.queue();
    }
  }

  get busy() {
    return [...this.items].some((item) => item.busy);
  }

  /** Who sends the form too early is waited for; where a file failed, the person decides. */
  beforeSubmit(event) {
    const failed = [...this.items].find((item) => item.state === "failed");
    if (!this.busy && !failed) return;
    event.preventDefault();
    this.waiting = this.busy ? { submitter: event.submitter } : null;
    if (failed && !this.busy) {
      this.say("A file was not taken. Remove it, or try again.");
      failed.cancel.focus();
    } else this.say("The form is sent as soon as all files are there.");
  }

  /** Say how it stands, and send the form where somebody waits for that. */
  tell() {
    const states = [...this.items].map((item) => item.state);
    const count = (state) => states.filter((one) => one === state).length;
    const failed = count("failed");
    const words = [`${count("arrived")} of ${states.length} files ready.`, failed ? `${failed} not taken.` : ""];
    this.say(states.length ? words.join(" ").trim() : "");
    if (this.waiting && !this.busy) {
      const { submitter } = this.waiting;
      this.waiting = null;
      if (!failed) this.form.requestSubmit(submitter);
      else [...this.items].find((item) => item.state === "failed").cancel.focus();
    }
  }

  say(sentence) {
    const words = this.said(sentence);
    if (this.status.textContent !== words) this.status.textContent = words;
  }

  dispatch(name, detail) {
    this.box.dispatchEvent(new CustomEvent(name, { bubbles: true, detail }));
  }
}

const controls = [...document.querySelectorAll("[data-upload]")].map((box) => new Control(box));

// Pasted files go to the control of the form in which one is, or to the first.
document.addEventListener("paste", (event) => {
  const files = [...(event.clipboardData?.files ?? [])];
  if (!files.length || !controls.length) return;
  event.preventDefault();
  const form = document.activeElement?.closest("form");
  (controls.find((control) => control.form === form) ?? controls[0]).add(files);
});

addEventListener("beforeunload", (event) => {
  if (controls.some((control) => control.busy)) event.preventDefault();
});
