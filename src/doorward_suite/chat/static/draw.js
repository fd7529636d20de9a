// Messages as elements: builds them of the server's trees, puts them in order, draws the lines between days.
// No text ever becomes markup here: a tree names elements, and only those on this list are made.
import { drawn } from "./files.js";

const TAGS = new Set("p br strong em s code pre blockquote ul ol li a span hr h1 h2 h3 h4 h5 h6 table thead tbody tr th td".split(" "));
const SAME_FOR = 300000;
const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const longDay = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long", year: "numeric" });
const template = document.getElementById("message-template");
const chat = document.getElementById("chat");
const me = chat.dataset.me;

export function nodes(tree) {
  return tree.map((node) => {
    if (typeof node === "string") return document.createTextNode(node);
    const [tag, attributes, children] = node;
    if (!TAGS.has(tag)) return document.createTextNode("");
    const made = document.createElement(tag);
    if (attributes.class) made.className = attributes.class;
    if (tag === "ol" && attributes.start) made.start = Number(attributes.start);
    if (tag === "a" && /^https?:\/\//i.test(attributes.href ?? "")) {
      made.href = attributes.href;
      made.rel = "noopener noreferrer";
      made.target = "_blank";
    }
    made.append(...nodes(children));
    return made;
  });
}

const part = (row, name) => row.querySelector(name);

function note(row, name, on, text) {
  const place = part(row, `[data-note=${name}]`);
  place.hidden = !on;
  if (text) place.textContent = text;
}

function gone(data) {
  const said = document.createElement("p");
  said.className = "muted";
  said.textContent = `This message was deleted${data.moderated ? " by a moderator" : ""}.`;
  return said;
}

function chip(data, { emoji, by }) {
  const mine = by.includes(me);
  const button = document.createElement("button");
  button.className = "mark-chip";
  button.type = "submit";
  button.name = "mark";
  button.value = (mine ? "-" : "+") + emoji;
  button.setAttribute("formaction", `/chat/m/${data.id}/reactions`);
  button.setAttribute("aria-pressed", String(mine));
  button.textContent = `${emoji} ${by.length}`;
  return button;
}

/** Show in a row what a message says now; older news than what it shows are left. */
export function fill(row, data) {
  if (row.dataset.id && Number(row.dataset.version) > data.version) return;
  Object.assign(row.dataset, { id: data.id, author: data.author, at: data.at, version: data.version });
  if (!row.closest(".root")) row.id = `m${data.id}`;
  delete row.dataset.client;
  row.classList.toggle("own", data.author === me);
  row.classList.remove("pending");
  const at = new Date(data.at);
  part(row, ".msg-name").textContent = data.name;
  part(row, ".msg-time").href = `/chat/m/${data.id}`;
  Object.assign(part(row, "time"), { dateTime: data.at, textContent: clock.format(at), title: at.toLocaleString() });
  note(row, "edited", data.edited && !data.deleted);
  note(row, "pinned", data.pinned);
  note(row, "state", false);
  part(row, ".msg-body").replaceChildren(...(data.deleted ? [gone(data)] : nodes(data.body)));
  part(row, ".msg-files").replaceChildren(...(data.deleted ? [] : drawn(data)));
  preview(row, data.deleted ? null : data.preview);
  part(row, ".msg-marks").replaceChildren(...data.reactions.map((kind) => chip(data, kind)));
  const thread = part(row, "[data-thread]");
  const inThread = Boolean(data.thread) || Boolean(row.closest(".root"));
  thread.parentElement.hidden = inThread || !data.replies;
  thread.href = `?at=${data.id}&thread=${data.id}`;
  thread.textContent = data.replies === 1 ? "1 reply" : `${data.replies} replies`;
  quote(row, data);
  acts(row, data, inThread);
}

/** What a page elsewhere says of itself: texts, and nothing is asked of that page. */
function preview(row, said) {
  const place = part(row, ".msg-preview");
  place.hidden = !said;
  for (const name of ["site", "title", "about"]) part(place, `[data-preview=${name}]`).textContent = said?.[name] ?? "";
  const link = part(place, "a");
  if (said && /^https?:\/\//i.test(said.address)) link.href = said.address;
  else link.removeAttribute("href");
}

function quote(row, data) {
  const place = part(row, ".msg-quote");
  place.hidden = !data.reply_to;
  if (!data.reply_to) return;
  const link = part(place, "a");
  if (link.dataset.quote === String(data.reply_to)) return;
  const quoted = document.getElementById(`m${data.reply_to}`);
  link.href = `/chat/m/${data.reply_to}`;
  link.dataset.quote = data.reply_to;
  link.textContent = quoted ? `${part(quoted, ".msg-name").textContent}: ${part(quoted, ".msg-body").textContent.trim().slice(0, 120)}` : "an earlier message";
}

function acts(row, data, inThread) {
  const place = part(row, ".msg-acts");
  if (!place) return;
  if (data.deleted) {
    place.remove();
    return;
  }
  for (const one of place.querySelectorAll("[data-act]")) {
    const kind = one.dataset.act;
    if (kind === "react") one.setAttribute("formaction", `/chat/m/${data.id}/reactions`);
    else if (kind === "more") one.href = `/chat/m/${data.id}/about`;
    else if (inThread) one.remove();
    else if (kind === "answer") one.href = `?at=${data.id}&answer=${data.id}#text`;
    else one.href = `?at=${data.id}&thread=${data.id}#thread-text`;
  }
}

export function make(data) {
  const row = template.content.firstElementChild.cloneNode(true);
  fill(row, data);
  return row;
}

/** Give a row that the server wrote the parts that it left out because they are empty, and all that one can do with it. */
export function complete(row) {
  const whole = template.content.firstElementChild.cloneNode(true);
  const notes = [...whole.querySelectorAll(".msg-note")];
  part(row, ".msg-head").append(...notes.map((one) => part(row, `[data-note=${one.dataset.note}]`) ?? one));
  const does = part(row, ".msg-acts");
  let last = null;
  for (const one of [...whole.children]) {
    const there = row.querySelector(`:scope > .${one.classList[0]}`);
    if (one.classList[0] === "msg-acts") does?.replaceWith(one);
    else if (!there) last.after(one);
    last = there ?? one;
  }
  if (does) acts(row, { id: row.dataset.id, deleted: false }, Boolean(row.closest("#replies, .root")));
}

/** A message that the server does not have yet. */
export function makePending(item) {
  const row = template.content.firstElementChild.cloneNode(true);
  row.classList.add("pending", "own");
  Object.assign(row.dataset, { client: item.client, author: me, at: item.at });
  part(row, ".msg-name").textContent = chat.dataset.name;
  Object.assign(part(row, "time"), { dateTime: item.at, textContent: clock.format(new Date(item.at)) });
  const said = document.createElement("p");
  said.className = "prewrap";
  said.textContent = item.text;
  part(row, ".msg-body").replaceChildren(said);
  part(row, ".msg-acts")?.replaceChildren();
  note(row, "state", true, "sending…");
  return row;
}

export function saySending(row, text) {
  note(row, "state", true, text);
}

/** Put a row where its number belongs; what is not sent yet stands at the end. */
export function place(list, row) {
  const number = Number(row.dataset.id);
  const rows = [...list.querySelectorAll(":scope > .msg")];
  const before = rows.find((other) => other !== row && (!other.dataset.id || Number(other.dataset.id) > number));
  if (!number || !before) list.append(row);
  else before.before(row);
}

/** Draw the lines between days, in the reader's own time, and leave the head out of what follows one of the same. */
export function arrange(list) {
  for (const line of list.querySelectorAll(":scope > .day")) line.remove();
  let day = "";
  let last = null;
  for (const row of list.querySelectorAll(":scope > li")) {
    if (!row.classList.contains("msg")) {
      last = null;
      continue;
    }
    const at = new Date(row.dataset.at);
    const its = at.toDateString();
    part(row, "time").textContent = clock.format(at);
    part(row, "time").title = at.toLocaleString();
    if (its !== day) row.before(dayLine(at));
    const follows = last && its === day && last.dataset.author === row.dataset.author && at - new Date(last.dataset.at) < SAME_FOR;
    row.classList.toggle("same", Boolean(follows) && part(row, ".msg-quote").hidden);
    day = its;
    last = row;
  }
}

function dayLine(at) {
  const line = document.createElement("li");
  const time = document.createElement("time");
  line.className = "day";
  time.textContent = longDay.format(at);
  line.append(time);
  return line;
}
