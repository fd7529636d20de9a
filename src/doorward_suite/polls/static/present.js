// The big screen: moves the bars, counts the people, goes through the questions without reloading.
import { listen } from "/doorward/static/live.js";
import { paintBars } from "/doorward/static/bars.js";
import { answered, rows, sized } from "./numbers.js";

const stage = document.getElementById("stage");
const $ = (id) => document.getElementById(id);
const token = document.querySelector('meta[name="csrf-token"]').content;
const live = document.querySelector("[data-live]");
const first = JSON.parse(stage.dataset.snapshot);

const questions = new Map(first.questions.map((one) => [one.id, one]));
const turns = new Map(first.tallies.map((one) => [one.question, one.turn]));
const slides = () => [...stage.querySelectorAll("[data-question]")];
let shown = Number(slides().find((slide) => !slide.hidden)?.dataset.question) || null;

const NOW = { draft: ["", "not open yet"], open: ["ok", "open"], closed: ["warn", "closed"] };
const TOGGLE = { draft: "Open the question", open: "Close the question", closed: "Open again" };

function paintStatus(question) {
  const badge = document.createElement("span");
  const [kind, text] = NOW[question.status];
  badge.className = `badge ${kind}`;
  badge.textContent = text;
  $(`slide-${question.id}`).querySelector("[data-status]").replaceChildren(badge);
}

function paintTally(tally) {
  const slide = $(`slide-${tally.question}`);
  const question = questions.get(tally.question);
  if (!slide || tally.turn < turns.get(tally.question)) return;
  turns.set(tally.question, tally.turn);
  paintTexts(slide.querySelector("[data-latest]"), tally.latest);
  paintWords(slide, sized(tally.words));
  if (question.options.length) paintBars(slide, rows(question, tally));
  (slide.querySelector("[data-answered]") ?? $(`chart-${question.id}-caption`)).textContent = answered(question, tally);
}

function make(tag, text, name = "") {
  const node = document.createElement(tag);
  node.textContent = text;
  node.className = name;
  return node;
}

function paintTexts(list, latest) {
  list?.replaceChildren(...latest.map(({ text }) => make("li", text)));
}

function paintWords(slide, words) {
  slide.querySelector("[data-cloud]")?.replaceChildren(...words.map(({ text, count, size }) => {
    const item = make("li", text, `size${size}`);
    item.append(make("span", `: ${count}`, "visually-hidden"));
    return item;
  }));
  slide.querySelector("[data-words]")?.replaceChildren(...words.map(({ text, count }) => {
    const row = document.createElement("tr");
    const head = make("th", text);
    head.scope = "row";
    row.append(head, make("td", String(count), "right number"));
    return row;
  }));
}

function paintControls() {
  const order = slides().map((slide) => Number(slide.dataset.question));
  const at = order.indexOf(shown);
  const question = questions.get(shown);
  for (const slide of slides()) slide.hidden = Number(slide.dataset.question) !== shown;
  stage.classList.toggle("lobby", !question);
  link($("previous"), at < 0 ? undefined : order[at - 1] ?? null);
  link($("next"), order[at + 1]);
  link($("lobby"), question ? null : undefined);
  $("status-form").hidden = !question;
  if (question) {
    $("status-form").action = stage.querySelector("form").dataset.action.replace("/0/", `/${question.id}/`);
    $("toggle").value = question.status === "open" ? "closed" : "open";
    $("toggle").textContent = TOGGLE[question.status];
  }
}

// id: a question, null for the way in, undefined for nowhere.
function link(anchor, id) {
  anchor.hidden = id === undefined;
  anchor.href = id ? `?question=${id}` : "?";
}

function go(id) {
  shown = id;
  history.replaceState(null, "", id ? `?question=${id}` : location.pathname);
  paintControls();
}

for (const name of ["previous", "next", "lobby"]) {
  $(name).addEventListener("click", (event) => {
    event.preventDefault();
    go(Number(new URL($(name).href).searchParams.get("question")) || null);
  });
}

async function toggle() {
  const form = $("status-form");
  const body = new URLSearchParams({ status: $("toggle").value });
  $("toggle").disabled = true;
  try {
    const response = await fetch(form.action, { method: "POST", body, headers: { "X-CSRF-Token": token, Accept: "application/json" } });
    if (!response.ok) location.reload();
  } catch {
    sayLive("lost", "Not sent. Is the network there?");
  }
  $("toggle").disabled = false;
}

$("status-form").addEventListener("submit", (event) => { event.preventDefault(); toggle(); });

const KEYS = { ArrowRight: "next", PageDown: "next", ArrowLeft: "previous", PageUp: "previous" };
addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  if (KEYS[event.key]) {
    event.preventDefault();
    if (!$(KEYS[event.key]).hidden) $(KEYS[event.key]).click();
  } else if (event.key === " " && !event.target.closest("button, summary, input")) {
    // Also with the focus on a link, where a click on Next leaves it: space does nothing to links.
    event.preventDefault();
    if (!event.repeat && !$("status-form").hidden) toggle();
  }
});

// What a question asks is drawn by the server: when that changes, or a question is new, the page is fetched anew.
// Named one by one, since the page and the stream write their names in different orders.
const ASKED = ["position", "kind", "title", "options", "key", "label", "most", "low", "high", "least", "greatest", "decimals", "unit", "show", "right"];
const asks = (question) => JSON.stringify(question, ASKED);

function onQuestion(question) {
  const before = questions.get(question.id);
  if (before && before.version >= question.version) return;
  if (!before || asks(before) !== asks(question)) return location.reload();
  questions.set(question.id, question);
  paintStatus(question);
  paintControls();
}

function onGone({ id }) {
  if (questions.has(id)) location.assign(location.pathname);
}

function onPeople({ count }) {
  const number = document.createElement("b");
  number.textContent = String(count);
  $("people").replaceChildren(number, count === 1 ? " person here" : " people here");
}

function onPoll({ name }) {
  $("poll-name").textContent = name;
}

async function reload() {
  const response = await fetch(stage.dataset.snapshotUrl, { headers: { Accept: "application/json" } });
  if (!response.ok) return location.reload();
  const snapshot = await response.json();
  if (snapshot.questions.length !== questions.size) return location.reload();
  snapshot.questions.forEach(onQuestion);
  snapshot.tallies.forEach(paintTally);
  onPeople({ count: snapshot.people });
  onPoll(snapshot.poll);
}

function sayLive(state, text) {
  live.dataset.state = state;
  live.textContent = text;
}

const HANDLERS = { question: onQuestion, tally: paintTally, gone: onGone, people: onPeople, poll: onPoll };
const SAID = { live: ["live", "Live"], connecting: ["waiting", "Connecting"], waiting: ["lost", "No connection, trying again"] };
listen(stage.dataset.topic, stage.dataset.cursor, ({ type, data }) => HANDLERS[type]?.(data), {
  onState: (state) => sayLive(...SAID[state]),
  onReset: reload,
  onCut: () => sayLive("lost", "This poll is gone, or you may no longer present it."),
});
