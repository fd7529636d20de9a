// The page of a call: comes in, connects to everybody who is in it, shows them, and goes.
import { listen } from "/doorward/static/live.js";
import { Devices } from "./devices.js";
import { Peer } from "./peer.js";
import { ask, send } from "./server.js";

const $ = (id) => document.getElementById(id);
const call = $("call");
const me = call.dataset.me;
const base = `/chat/${call.dataset.room}/call`;
const page = Array.from(crypto.getRandomValues(new Uint8Array(12)), (one) => one.toString(16).padStart(2, "0")).join("");
const STAY_EVERY = 10000;
const LOUD = 0.03;

const peers = new Map();
const tiles = new Map();
let ice = {};
let staying = 0;
let isIn = false;

const devices = new Devices($, async () => {
  showOwn();
  for (const peer of peers.values()) {
    await peer.show(devices.tracks());
    peer.tell(devices.state());
  }
});

const say = (text) => { $("call-said").textContent = text; };

// --- who is there ---

function tileOf(account, name) {
  if (!tiles.has(account)) {
    const tile = $("tile").content.firstElementChild.cloneNode(true);
    tile.dataset.account = account;
    tile.querySelector("[data-name]").textContent = account === me ? `${name} (you)` : name;
    if (account === me) {
      tile.classList.add("own");
      tile.querySelector("video").muted = true;
    }
    $("tiles").append(tile);
    tiles.set(account, tile);
  }
  return tiles.get(account);
}

function showState(tile, text) {
  tile.querySelector("[data-state]").textContent = text;
}

function showOwn() {
  const tile = tileOf(me, call.dataset.name);
  const { mic, picture, screen } = devices.state();
  tile.querySelector("video").srcObject = devices.picture();
  tile.classList.toggle("picture", picture);
  tile.classList.toggle("camera", picture && !screen);
  showState(tile, mic ? "" : "muted");
}

function showWho(people) {
  if (isIn) return;
  const names = people.map((one) => one.name).join(", ");
  $("who").textContent = names ? `In the call: ${names}.` : "Nobody is in the call yet. Whoever comes in rings for the others.";
}

/** Connect to who is new, let go of who is gone. */
function meet(people) {
  showWho(people);
  if (!isIn) return;
  const mine = people.find((one) => one.account === me);
  if (!mine) return;
  if (mine.page !== page) {
    end("You are in this call on another page now.");
    return;
  }
  for (const [account, peer] of peers) {
    if (!people.some((one) => one.account === account && one.page === peer.other.page)) drop(account);
  }
  for (const one of people) if (one.account !== me && !peers.has(one.account)) connect(one);
  if (people.length === 1) say("Ringing for the others. You are alone in the call so far.");
  else say("");
}

function connect(other) {
  const tile = tileOf(other.account, other.name);
  const video = tile.querySelector("video");
  const peer = new Peer(other, {
    me,
    ice: () => ice,
    say: (to, messages) => send(`${base}/signal`, { page, to, said: JSON.stringify(messages) }).catch(() => {}),
    onStream: (stream) => {
      if (video.srcObject !== stream) video.srcObject = stream;
      video.play().catch(() => {});
      devices.playOn(video);
    },
    onState: (text) => showState(tile, text),
    onWay: (way) => {
      tile.dataset.way = way;
      tile.querySelector("[data-relayed]").hidden = way !== "relayed";
    },
    onSaid: ({ mic, picture }) => {
      tile.classList.toggle("picture", picture);
      showState(tile, mic ? "" : "muted");
    },
  });
  peers.set(other.account, peer);
  peer.state = devices.state();
  showState(tile, "connecting");
  peer.show(devices.tracks()).then(() => peer.start());
}

function drop(account) {
  peers.get(account)?.close();
  peers.delete(account);
  tiles.get(account)?.remove();
  tiles.delete(account);
}

function heard({ from, page: theirs, said, room }) {
  const peer = peers.get(from);
  if (Number(call.dataset.room) !== room || !isIn) return;
  const messages = JSON.parse(said);
  if (peer && peer.other.page === theirs) peer.hear(messages);
  else early.push({ from, page: theirs, messages });
}

/** What somebody said before we were told that they are here. */
const early = [];

function catchUp() {
  for (const one of early.splice(0)) {
    const peer = peers.get(one.from);
    if (peer && peer.other.page === one.page) peer.hear(one.messages);
  }
}

// --- in and out ---

async function enter(withVideo) {
  say("Asking for your microphone …");
  const problem = await devices.open(withVideo);
  if (problem) say(problem);
  const response = await send(base, { page }).catch(() => null);
  if (!response?.ok) {
    devices.close();
    const why = await response?.json().catch(() => null);
    say(why?.error?.message ?? "The server does not answer. Try again.");
    return;
  }
  const found = await response.json();
  ice = found.ice;
  isIn = true;
  call.dataset.state = "in";
  $("before").hidden = true;
  $("tiles").hidden = false;
  $("bar").hidden = false;
  $("mic").focus();
  showOwn();
  meet(found.people);
  catchUp();
  if (problem) say(problem);
  staying = setInterval(stay, STAY_EVERY);
}

async function stay() {
  const response = await send(`${base}/stay`, { page }).catch(() => null);
  if (!response) return; // the network is away: calls go on without the server for a while
  if (response.ok) {
    const found = await response.json();
    ice = found.ice;
    meet(found.people);
    catchUp();
  } else if (response.status === 404 || response.status === 403) await back();
}

/** We were away for too long and count as gone: come in again, if we still may. */
async function back() {
  const response = await send(base, { page }).catch(() => null);
  if (response?.ok) {
    const found = await response.json();
    ice = found.ice;
    meet(found.people);
  } else if (response) end("You are not in this call any more.");
}

function end(text) {
  clearInterval(staying);
  isIn = false;
  call.dataset.state = "over";
  for (const account of [...peers.keys()]) drop(account);
  devices.close();
  tiles.get(me)?.remove();
  tiles.delete(me);
  $("tiles").hidden = true;
  $("bar").hidden = true;
  $("before").hidden = false;
  say(text);
}

function goodbye() {
  if (!isIn) return;
  const token = document.querySelector('meta[name="csrf-token"]').content;
  navigator.sendBeacon(`${base}/leave`, new URLSearchParams({ page, csrf_token: token }));
}

$("with-voice").addEventListener("click", () => enter(false));
$("with-video").addEventListener("click", () => enter(true));
$("leave").addEventListener("click", async () => {
  end("You left the call.");
  await send(`${base}/leave`, { page }).catch(() => {});
  $("with-voice").focus();
});
window.addEventListener("pagehide", goodbye);

setInterval(() => {
  for (const [account, peer] of peers) tiles.get(account)?.classList.toggle("speaking", peer.loudness() > LOUD);
  tiles.get(me)?.classList.toggle("speaking", devices.loudness() > LOUD);
}, 200);

async function look() {
  const response = await ask(`${base}/people`).catch(() => null);
  if (response?.ok) {
    meet((await response.json()).people);
    catchUp();
  }
}

/** The server is heard again: who is there may have changed, and what was said while it was away is lost. */
async function onState(state) {
  const before = call.dataset.live;
  call.dataset.live = state;
  if (state !== "live" || before === "live" || !isIn) return;
  await stay();
  for (const peer of peers.values()) peer.again();
}

const away = { onReset: look, onCut: () => { if (isIn) stay(); } };
listen(call.dataset.own, call.dataset.cursor, ({ type, data }) => { if (type === "signal") heard(data); }, { ...away, onState });
listen(call.dataset.topic, call.dataset.cursor, ({ type, data }) => { if (type === "call") { meet(data.people); catchUp(); } }, away);
look();
