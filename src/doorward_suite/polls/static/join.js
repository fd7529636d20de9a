// A phone in a poll: shows the question that is asked, sends answers, moves on when the presenter does.
import { listen } from "/doorward/static/live.js";
import { card, count, playerLine, verdict, waiting } from "./ballot.js";
import { Sender } from "./sender.js";

const form = document.getElementById("ballot");
const place = document.getElementById("card");
const others = document.getElementById("others");
const state = document.getElementById("save-state");
const token = document.querySelector('meta[name="csrf-token"]').content;

const questions = new Map();
const answers = new Map();
let player = null; // how this phone's game stands, in a quiz
let shown = Number(form.dataset.shown) || null;
let checking = null; // one look at the poll for each time the stream breaks
let over = false; // the right to listen has ended
let touched = false; // something is typed or ticked that has not been sent

function say(kind, text) {
  state.dataset.state = kind;
  state.textContent = text;
}

const sender = new Sender((body) => fetch(form.action, {
  method: "POST",
  body,
  headers: { "X-CSRF-Token": token, Accept: "application/json" },
}), say);

const opened = () => [...questions.values()].filter((one) => one.status === "open").sort((a, b) => b.opening - a.opening);

function sayWhere(question) {
  if (!question) say("idle", "Waiting for a question");
  else if (question.status !== "open") say("closed", answers.has(question.id) ? "Closed. Your answer counts." : "Closed. You did not answer.");
  else if (answers.has(question.id)) say("saved", "Saved. You can still change it.");
  else say("idle", "Not answered yet");
}

function dress() {
  // One tap answers a choice or a rating; the button is for what takes more than one.
  const question = questions.get(shown);
  const send = document.getElementById("send");
  if (send) send.hidden = question.kind === "rating" || question.kind === "image" || (question.kind === "choice" && !place.querySelector("[value=other]:checked"));
  count(place);
}

function show(id) {
  shown = id;
  touched = false;
  const question = questions.get(id);
  place.replaceChildren(...(question ? card(question, answers.get(id)) : waiting()));
  if (question) dress();
  showPlayer();
  showOthers();
  if (!sender.busy) sayWhere(question);
  document.title = `${question ? question.title : "Waiting"} · ${form.dataset.poll}`;
}

function showOthers() {
  const rest = opened().filter((one) => one.id !== shown);
  others.querySelector("ul").replaceChildren(...rest.map((one) => {
    const link = document.createElement("a");
    const item = document.createElement("li");
    link.href = `?question=${one.id}`;
    link.textContent = one.title;
    link.addEventListener("click", (event) => { event.preventDefault(); show(one.id); });
    item.append(link);
    return item;
  }));
  others.hidden = rest.length === 0;
}

// What is being typed is not taken away: then the new question waits under "Also open".
function moveTo(question) {
  if (touched && questions.get(shown)?.status === "open") showOthers();
  else show(question.id);
}

function showPlayer() {
  const line = document.getElementById("player");
  line.hidden = !player;
  if (player) line.firstElementChild.textContent = playerLine(player);
  const said = document.getElementById("verdict");
  if (said) said.textContent = verdict(questions.get(shown), player);
}

// The points of a phone are told to it alone, when it asks: a whole hall does so over some seconds.
const askSoon = () => setTimeout(reload, Math.random() * 3000);

function onQuestion(question) {
  const before = questions.get(question.id);
  if (before && before.version >= question.version) return;
  if (question.quiz && (question.revealed || !player)) askSoon();
  questions.set(question.id, question);
  const justOpened = question.status === "open" && before?.status !== "open";
  if (question.id === shown) show(shown);
  else if (justOpened) moveTo(question);
  else showOthers();
}

function onGone({ id }) {
  questions.delete(id);
  answers.delete(id);
  if (id === shown) show(opened()[0]?.id ?? null);
  else showOthers();
}

function onCleared({ id }) {
  answers.delete(id);
  if (id === shown) show(id);
}

function send() {
  const id = shown;
  const body = new URLSearchParams(new FormData(form));
  const mine = body.getAll("answer").filter((one) => one.trim());
  if (mine.includes("other")) mine.push(body.get("other"));
  if (mine.length === 0) return say("failed", "Choose or type an answer first.");
  touched = false;
  sender.send(body, (saved) => {
    if (saved) answers.set(id, mine);
    const button = document.querySelector("#send button");
    if (shown !== id) sayWhere(questions.get(shown));
    else if (saved && button) button.textContent = "Change the answer";
  });
}

form.addEventListener("submit", (event) => { event.preventDefault(); send(); });
form.addEventListener("change", ({ target }) => {
  if (target.value === "other" && target.checked) place.querySelector("#other").focus();
  if (target.type !== "radio") return;
  dress();
  if (target.value !== "other") send();
});
form.addEventListener("input", (event) => { if (event.target.type !== "radio") { touched = true; count(place); } });

function take(snapshot) {
  player = snapshot.player;
  const known = new Set(snapshot.questions.map((one) => one.id));
  for (const id of [...questions.keys()]) if (!known.has(id)) onGone({ id });
  answers.clear();
  for (const [id, mine] of Object.entries(snapshot.answers)) answers.set(Number(id), mine);
  for (const question of snapshot.questions) onQuestion(question);
  showPlayer();
}

async function reload() {
  const response = await fetch(form.dataset.state, { headers: { Accept: "application/json" } }).catch(() => null);
  if (response?.status === 404) ended();
  else if (response?.status === 403) location.reload();
  else if (response?.ok && over) location.reload();
  else if (response?.ok) take(await response.json());
}

// The right to listen is over: with the poll, or for this phone. A whole hall asks over some seconds.
function lost() {
  over = true;
  askSoon();
}

function ended() {
  stop();
  questions.clear();
  show(null);
  place.replaceChildren();
  say("closed", "This poll has ended. Thank you for taking part.");
}

const first = JSON.parse(form.dataset.snapshot);
form.dataset.poll = first.poll.name;
player = first.player;
for (const question of first.questions) questions.set(question.id, question);
for (const [id, mine] of Object.entries(first.answers)) answers.set(Number(id), mine);
if (place.querySelector("[data-rank]")) show(shown);
else if (shown) dress();
showOthers();

const HANDLERS = { question: onQuestion, gone: onGone, cleared: onCleared };
// A stream that broke may have lost its right: the poll may be gone. The delay is for a whole hall that asks at once.
function onState(now) {
  if (now === "waiting") checking ??= setTimeout(reload, 1000 + Math.random() * 3000);
  if (now === "live") checking = clearTimeout(checking) ?? null;
}

const stop = listen(form.dataset.topic, form.dataset.cursor, ({ type, data }) => HANDLERS[type]?.(data), { onState, onReset: reload, onCut: lost });
