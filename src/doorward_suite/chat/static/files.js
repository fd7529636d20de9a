// Files: chosen, dropped or pasted into where one writes, sent at once; and pictures shown large.
import { GivenUp, Sending } from "/doorward/static/upload-sending.js";

const UNITS = ["bytes", "KiB", "MiB", "GiB"];

export function inWords(size) {
  let unit = 0;
  for (; size >= 1024 && unit < 3; unit += 1) size /= 1024;
  return `${unit ? size.toFixed(1).replace(/\.0$/, "") : size} ${UNITS[unit]}`;
}

/** The files that wait in one composer. */
export class Tray {
  #form;
  #input;
  #list;
  #items = new Set();

  constructor(form, drop) {
    this.#form = form;
    this.#input = form.querySelector("input[type=file]");
    this.#list = form.querySelector("[data-tray]");
    for (const input of form.querySelectorAll("input[type=file]")) {
      input.removeAttribute("name"); // what arrived goes by its number, and not a second time as itself
      input.addEventListener("change", () => {
        this.add([...input.files]);
        input.value = "";
      });
    }
    form.addEventListener("paste", (event) => {
      const files = [...(event.clipboardData?.files ?? [])];
      if (files.length) {
        event.preventDefault();
        this.add(files);
      }
    });
    for (const kind of ["dragenter", "dragover"]) {
      drop.addEventListener(kind, (event) => {
        if ([...event.dataTransfer.types].includes("Files")) event.preventDefault();
      });
    }
    drop.addEventListener("drop", (event) => {
      if (!event.dataTransfer.files.length) return;
      event.preventDefault();
      this.add([...event.dataTransfer.files]);
    });
  }

  get busy() { return [...this.#items].some((item) => !item.id); }

  get ids() { return [...this.#items].map((item) => item.id); }

  clear() {
    this.#items.clear();
    this.#list.replaceChildren();
  }

  add(files) {
    for (const file of files) this.#one(file);
  }

  async #one(file) {
    const item = { id: "" };
    const row = document.createElement("li");
    const state = document.createElement("span");
    const away = document.createElement("button");
    const name = document.createElement("b");
    name.textContent = file.name;
    state.className = "small muted";
    away.type = "button";
    away.className = "button quiet";
    away.textContent = "Remove";
    away.setAttribute("aria-label", `Remove ${file.name}`);
    row.append(name, state, away);
    this.#list.append(row);
    this.#items.add(item);
    const where = { intake: this.#input.dataset.intake, about: this.#input.dataset.about };
    const sending = new Sending(file, where, (now, sent) => {
      const share = Math.floor((100 * sent) / Math.max(1, file.size));
      state.textContent = now === "sending" ? `${share} %` : now === "checking" ? "being looked at …" : "no connection, it goes on by itself";
    });
    away.addEventListener("click", () => {
      this.#items.delete(item);
      row.remove();
      if (item.id) sending.id = item.id;
      sending.giveUp();
    });
    try {
      const arrived = await sending.run();
      item.id = arrived.id;
      state.textContent = [inWords(file.size), ...arrived.notes].join(" · ");
      this.#form.dispatchEvent(new Event("files"));
    } catch (problem) {
      if (problem instanceof GivenUp) return;
      this.#items.delete(item);
      row.classList.add("bad");
      state.textContent = problem.message;
    }
  }
}

/** The files of a message, as elements. */
export function drawn(data) {
  return (data.files ?? []).map((file) => {
    const link = document.createElement("a");
    const address = `/chat/m/${data.id}/files/${file.number}`;
    if (file.picture) {
      const picture = document.createElement("img");
      link.className = "msg-picture";
      link.href = `${address}?as=full`;
      picture.src = `${address}?as=thumb`;
      picture.alt = file.name;
      picture.loading = "lazy";
      link.append(picture);
      return link;
    }
    const size = document.createElement("span");
    link.className = "msg-file";
    link.href = address;
    link.textContent = file.name;
    size.className = "small muted";
    size.textContent = [inWords(file.size), ...file.notes].join(" · ");
    link.append(" ", size);
    return link;
  });
}

/** Show a picture large when its small one is clicked; arrows go on to the next, Escape closes. */
export function startViewer(dialog) {
  const large = dialog.querySelector("img");
  let all = [];
  let at = 0;
  const show = (number) => {
    at = (number + all.length) % all.length;
    large.src = all[at].href;
    large.alt = all[at].querySelector("img").alt;
    dialog.querySelector("[data-name]").textContent = large.alt;
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.(".msg-picture");
    if (!link || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    all = [...document.querySelectorAll(".msg-picture")];
    show(all.indexOf(link));
    dialog.showModal();
  });
  dialog.addEventListener("keydown", ({ key }) => {
    if (key === "ArrowRight") show(at + 1);
    if (key === "ArrowLeft") show(at - 1);
  });
}
