// A room: shows what is written as it is written, sends, loads older and newer messages, says what was read.
import { listen } from "/doorward/static/live.js";
import { Composer } from "./composer.js";
import { arrange, complete, fill, make, makePending, place, saySending } from "./draw.js";
import { startDrawer } from "./drawer.js";
import { startViewer } from "./files.js";
import { startKeys } from "./keys.js";
import { People } from "./people.js";
import { Presence } from "./presence.js";
import { followRooms } from "./rooms.js";
import { seenUnderLast } from "./seen.js";
import { Outbox } from "./sending.js";
import { ask, send } from "./server.js";

const $ = (id) => document.getElementById(id);
const chat = $("chat");
const log = $("log");
const list = $("messages");
const replies = $("replies");
const room = Number(chat.dataset.room);
const openThread = Number(chat.dataset.openThread);
const isIn = chat.dataset.isIn === "1";
const base = `/chat/${room}`;
let readTo = Number(chat.dataset.readTo);
let unseen = 0;
let stopListening = () => {};

const listOf = (thread) => (thread === 0 ? list : thread === openThread ? replies : null);
const logOf = (of) => of.closest(".log");
const hasNewer = () => list.dataset.newer === "1";
const rowOf = (id) => document.querySelectorAll(`.msg[data-id="${id}"]`);
const atEnd = (box) => box.scrollHeight - box.scrollTop - box.clientHeight < 80;
const toEnd = (box) => { box.scrollTop = box.scrollHeight; };
const lastId = () => Math.max(0, ...[...list.querySelectorAll(".msg[data-id]")].map((row) => Number(row.dataset.id)));

// --- what arrives ---

function take(data) {
  const known = rowOf(data.id);
  if (known.length) {
    for (const row of known) fill(row, data);
    return;
  }
  const of = listOf(data.thread);
  if (!of || of.dataset.newer === "1") {
    if (of) $(of === list ? "newer" : "thread-newer").hidden = false;
    return;
  }
  const box = logOf(of);
  const follow = atEnd(box) || data.author === chat.dataset.me;
  $("nothing")?.remove();
  const pending = document.querySelector(`.msg[data-client="${CSS.escape(data.client)}"]`);
  const row = pending && data.author === chat.dataset.me ? pending : make(data);
  if (row === pending) fill(row, data);
  place(of, row);
  arrange(of);
  if (follow) toEnd(box);
  if (of === list && data.author !== chat.dataset.me && document.visibilityState !== "visible") unseen += 1;
  if (data.author === chat.dataset.me) readTo = Math.max(readTo, data.id);
  presence.wrote(data);
  if (data.author !== chat.dataset.me) people.read(data.author, data.id);
  showSeen();
  markRead();
}

async function changed(data) {
  const known = rowOf(data.id);
  if (!known.length) return;
  let whole = data;
  if (!("body" in data)) {
    const response = await ask(`/chat/m/${data.id}/data`).catch(() => null);
    if (!response?.ok) return;
    whole = (await response.json()).message;
  }
  for (const row of known) fill(row, whole);
}

/** What the room does not keep any more is not shown any more. */
function erased({ ids }) {
  for (const id of ids) for (const row of rowOf(id)) row.remove();
  arrange(list);
  if (replies) arrange(replies);
  showSeen();
}

function renamed({ name, about, archived }) {
  if (archived !== Boolean(document.querySelector(".chat-main > .notice:not(.join)"))) location.reload();
  if (name) $("room-title").textContent = name;
  if ($("room-about")) $("room-about").textContent = about;
}

function called({ people }) {
  const link = $("call-link");
  if (!link) return;
  link.classList.toggle("button", people.length > 0);
  link.textContent = people.length ? `Join the call (${people.length})` : "Call";
}

const people = new People(`${base}/people`);
const presence = new Presence(chat, people);
const showSeen = chat.dataset.receipts === "1" ? seenUnderLast(list, people, chat.dataset.me) : () => {};
people.onChange = showSeen;
const HEARD = { message: take, changed, erased, room: renamed, call: called };

/** After a gap, or when the stream got another name: what was written since, and the stream as it is called now. */
async function catchUp() {
  const response = await ask(`${base}/messages?after=${lastId()}`).catch(() => null);
  if (!response) return;
  if (response.status === 404) {
    location.assign("/chat/");
    return;
  }
  if (!response.ok) return;
  const { messages, newer, topic, cursor } = await response.json();
  if (newer) location.reload();
  for (const one of messages) take(one);
  follow(topic, cursor);
}

const STATES = { live: "", connecting: "", waiting: "No connection. What you write is kept and sent later." };

function follow(topic, cursor) {
  stopListening();
  stopListening = listen(topic, cursor, ({ type, data }) => HEARD[type]?.(data), {
    onState: (state) => {
      chat.dataset.live = state;
      $("live-state").textContent = STATES[state];
      $("live-state").hidden = !STATES[state];
      if (state === "live") outbox.start();
    },
    onReset: catchUp,
    onCut: catchUp,
  });
}

// --- what is sent ---

const pendingOf = (item) => document.querySelector(`.msg[data-client="${item.client}"]`);

function sent(item, state, said) {
  const row = pendingOf(item);
  if (state === "waiting" && row) saySending(row, said);
  if (state === "sent" && item.room === room) take(said);
  // Whoever writes while they read what is older is led to where it stands now.
  if (state === "sent" && pendingOf(item)) location.assign(`/chat/m/${said.id}`);
  if (state === "refused") {
    row?.remove();
    composers.get(item.thread)?.refused(item.text, said);
  }
}

function showPending(item) {
  const of = item.room === room ? listOf(item.thread) : null;
  if (!of || pendingOf(item)) return;
  $("nothing")?.remove();
  const row = makePending(item);
  of.append(row);
  arrange(of);
  if (navigator.onLine === false) saySending(row, "waiting for the network");
  toEnd(logOf(of));
}

function post(items) {
  const [{ room: to, text, client, thread, reply_to: answers, files }] = items;
  if (items.length > 1) return send("/chat/outbox", { messages: JSON.stringify(items) });
  return send(`/chat/${to}/messages`, { text, client_id: client, thread, reply_to: answers, file: files ?? [] });
}

const outbox = new Outbox(chat.dataset.me, post, sent);
const adding = outbox.add.bind(outbox);
outbox.add = (item) => { showPending(item); adding(item); };
outbox.items.forEach(showPending);

const composers = new Map();
for (const form of document.querySelectorAll(".composer")) {
  const thread = Number(form.dataset.thread);
  const own = () => [...listOf(thread).querySelectorAll(".msg.own[data-id]")].filter((row) => row.querySelector(".msg-acts")).at(-1);
  composers.set(thread, new Composer(form, outbox, own));
}

// --- what is clicked ---

document.addEventListener("submit", async (event) => {
  const button = event.submitter;
  if (button?.name !== "mark") return;
  event.preventDefault();
  const response = await send(button.getAttribute("formaction"), { mark: button.value }).catch(() => null);
  if (response && !response.ok) location.assign(button.getAttribute("formaction").replace("reactions", "about"));
});

document.addEventListener("click", (event) => {
  const act = event.target.closest?.("[data-act=answer]");
  if (!act || event.ctrlKey || event.metaKey || !composers.has(0)) return;
  event.preventDefault();
  const row = act.closest(".msg");
  const words = `${row.querySelector(".msg-name").textContent}: ${row.querySelector(".msg-body").textContent.trim().slice(0, 80)}`;
  composers.get(0).answer(Number(row.dataset.id), words);
});

// --- older and newer ---

let loading = false;

async function load(side) {
  if (loading) return;
  loading = true;
  const rows = [...list.querySelectorAll(".msg[data-id]")];
  const edge = side === "older" ? rows[0] : rows.at(-1);
  const query = side === "older" ? `before=${edge?.dataset.id}` : `after=${edge?.dataset.id}`;
  const response = edge && (await ask(`${base}/messages?${query}`).catch(() => null));
  if (response?.ok) {
    const found = await response.json();
    const from = log.scrollHeight - log.scrollTop;
    for (const one of found.messages) place(list, make(one));
    arrange(list);
    if (side === "older") {
      log.scrollTop = log.scrollHeight - from;
      $("older").hidden = !found.older;
    } else {
      list.dataset.newer = found.newer ? "1" : "0";
      $("newer").hidden = !found.newer;
    }
  }
  loading = false;
  // An edge that came into view meanwhile has told so already, and would tell no more: look at both again.
  setTimeout(watchEdges, response?.ok ? 0 : 3000);
}

const edges = new IntersectionObserver((seen) => {
  for (const one of seen) if (one.isIntersecting && !one.target.hidden) load(one.target.id);
}, { root: log, rootMargin: "400px 0px" });

function watchEdges() {
  edges.disconnect();
  edges.observe($("older"));
  edges.observe($("newer"));
}

// --- what was read ---

let marking = 0;

function markRead() {
  clearTimeout(marking);
  marking = setTimeout(() => {
    if (!isIn || hasNewer() || document.visibilityState !== "visible" || !atEnd(log)) return;
    unseen = 0;
    showTitle();
    const last = lastId();
    if (last <= readTo) return;
    readTo = last;
    send(`${base}/read`, { to: last }).catch(() => {});
  }, 400);
  showTitle();
}

function showTitle() {
  const rest = document.title.replace(/^\(\d+\) /, "");
  document.title = unseen ? `(${unseen}) ${rest}` : rest;
}

log.addEventListener("scroll", markRead, { passive: true });
document.addEventListener("visibilitychange", markRead);

// --- the start ---

startViewer($("viewer"));
startDrawer($("drawer"), $("open-drawer"), $("chat-side"));
startKeys($("keys"), $("open-keys"));
for (const row of document.querySelectorAll(".msgs > .msg")) complete(row);
arrange(list);
if (replies) {
  arrange(replies);
  arrange(document.querySelector(".msgs.root"));
  toEnd(logOf(replies));
}
const aim = location.hash.length > 2 ? $(location.hash.slice(1)) : null;
if (aim?.classList.contains("msg")) aim.scrollIntoView({ block: "center" });
else if (!hasNewer()) ($("new") ? $("new").scrollIntoView({ block: "center" }) : toEnd(log));
follow(chat.dataset.topic, chat.dataset.cursor);
followRooms(chat.dataset.own, chat.dataset.cursor, room, chat.dataset.quiet);
presence.start();
if (chat.dataset.receipts === "1") people.load();
outbox.start();
markRead();
setTimeout(watchEdges, 300);
