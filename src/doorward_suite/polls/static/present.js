// Every screen of a poll and its remote: all show what the poll's stage says, and whoever presents changes it from any of them.
import { listen } from "/doorward/static/live.js";
import { paintBars } from "/doorward/static/bars.js";
import { answered, rows, sized } from "./numbers.js";

const root = document.getElementById("stage");
const $ = (id) => document.getElementById(id);
const token = document.querySelector('meta[name="csrf-token"]').content;
const live = document.querySelector("[data-live]");
const first = JSON.parse(root.dataset.snapshot);
const HEADERS = { "X-CSRF-Token": token, Accept: "application/json" };

const questions = new Map(first.questions.map((one) => [one.id, one]));
const turns = new Map(first.tallies.map((one) => [one.question, one.turn]));
const slides = () => [...root.querySelectorAll("[data-question]")];
// How far the server's clock is ahead of this one: timers run by the server's.
let ahead = Date.parse(first.now) - Date.now();
let stage = first.stage;
let asked = 0; // changes on their way to the server: until they are there, what it tells of older ones is not shown
let queue = Promise.resolve();

const NOW = { draft: ["", "not open yet"], open: ["ok", "open"], closed: ["warn", "closed"] };
const TOGGLE = { draft: "Open the question", open: "Close the question", closed: "Open again" };
const LAYOUTS = ["focus", "grid", "stack"];

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
  if (stage.frozen) return;
  turns.set(tally.question, tally.turn);
  paintTexts(slide.querySelector("[data-latest]"), tally.latest);
  paintWords(slide, sized(tally.words));
  if (question.options.length) paintBars(slide, rows(question, tally));
  const said = answered(question, tally);
  (slide.querySelector("[data-answered]") ?? $(`chart-${question.id}-caption`)).textContent = said;
  slide.querySelector("[data-veil]").textContent = said;
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

function paintLeaders({ leaders }) {
  root.querySelector("[data-leaders]").replaceChildren(...leaders.map(({ name, points }) => {
    const item = document.createElement("li");
    item.append(make("span", name), " ", make("b", String(points)));
    return item;
  }));
  root.querySelector("[data-nobody]").hidden = leaders.length > 0;
}

const order = () => slides().map((slide) => Number(slide.dataset.question));
const current = () => questions.get(stage.showing);

function paint() {
  const at = order().indexOf(stage.showing);
  const question = current();
  for (const slide of slides()) {
    const one = questions.get(Number(slide.dataset.question));
    slide.hidden = stage.leaders || (one !== question && (stage.layout === "focus" || one.status === "draft"));
  }
  $("leaders").hidden = !stage.leaders;
  root.classList.toggle("lobby", stage.qr || !(question || stage.leaders));
  root.classList.toggle("veiled", stage.hidden);
  for (const layout of LAYOUTS) root.classList.toggle(`layout-${layout}`, layout === stage.layout);
  $("frozen").hidden = !stage.frozen;
  if ($("stage-form")) paintControls(question, at);
  tick();
}

function paintControls(question, at) {
  knob("previous", at < 0 && !stage.leaders, at > 0 ? order()[at - 1] : first.lobby);
  knob("next", order()[at + 1] === undefined, order()[at + 1] ?? "");
  knob("qr-button", false, stage.qr ? "0" : "1", stage.qr ? "Put the QR code away" : "QR code on the whole screen");
  knob("hide-button", false, stage.hidden ? "0" : "1", stage.hidden ? "Show the results" : "Hide the results");
  knob("freeze-button", false, stage.frozen ? "0" : "1", stage.frozen ? "Let the numbers move" : "Freeze the numbers");
  knob("leaders-button", stage.leaders, "leaders");
  for (const layout of LAYOUTS) $(`layout-${layout}`).hidden = layout === stage.layout;
  for (const id of ["status-form", "reveal-form", "timer-form"]) {
    $(id).hidden = !question;
    if (question) $(id).action = $(id).dataset.action.replace("/0/", `/${question.id}/`);
  }
  if (!question) return;
  $("toggle").value = question.status === "open" ? "closed" : "open";
  $("toggle").textContent = TOGGLE[question.status];
  $("reveal-form").hidden = !question.quiz || question.revealed || question.status === "draft";
}

function knob(id, hidden, value, text) {
  $(id).hidden = hidden;
  $(id).value = value;
  if (text) $(id).textContent = text;
}

// What the server will say is shown at once; the requests go one after the other, and the answer to the last one counts.
function set(name, value) {
  if (name === "showing") {
    stage = { ...stage, qr: false, leaders: value === "leaders" };
    if (value !== "leaders") stage.showing = value === first.lobby ? null : Number(value);
  } else {
    stage = { ...stage, [name]: name === "layout" ? value : value === "1" };
  }
  paint();
  asked += 1;
  queue = queue.then(() => post($("stage-form")?.action ?? root.dataset.snapshotUrl.replace("present.json", "stage"), { [name]: value })).then(async (response) => {
    asked -= 1;
    const now = response?.ok ? await response.json() : null;
    if (now && !asked) onStage(now);
    else if (!now) reload();
  });
}

async function post(address, fields) {
  try {
    const response = await fetch(address, { method: "POST", body: new URLSearchParams(fields), headers: HEADERS });
    if (!response.ok) sayLive("lost", (await response.clone().json().catch(() => ({}))).error?.message ?? "That was refused. Reload the page.");
    return response;
  } catch {
    sayLive("lost", "Not sent. Is the network there?");
    return null;
  }
}

async function toggle() {
  $("toggle").disabled = true;
  await queue;
  await post($("status-form").action, { status: $("toggle").value });
  $("toggle").disabled = false;
}

for (const id of ["stage-form", "more-form", "status-form", "reveal-form", "timer-form"]) {
  $(id)?.addEventListener("submit", (event) => {
    event.preventDefault();
    const { name, value } = event.submitter ?? {};
    if (id === "status-form") toggle();
    else if (id === "reveal-form") post(event.target.action, {});
    else if (id === "timer-form") post(event.target.action, { seconds: value });
    else set(name, value);
  });
}

const press = (id) => { if ($(id) && !$(id).closest("[hidden]")) $(id).form.requestSubmit($(id)); };
const KEYS = { ArrowRight: "next", PageDown: "next", ArrowLeft: "previous", PageUp: "previous", q: "qr-button", h: "hide-button", f: "freeze-button", l: "leaders-button", r: "reveal" };

// A screen without buttons is still turned by its own keyboard or clicker.
function turn(by) {
  const to = order()[order().indexOf(stage.showing) + by];
  if (to !== undefined) set("showing", String(to));
  else if (by < 0) set("showing", first.lobby);
}

addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey || event.target.closest("input, select, textarea")) return;
  const id = KEYS[event.key.length > 1 ? event.key : event.key.toLowerCase()];
  if (id === "next" || id === "previous") {
    event.preventDefault();
    if (!$("stage-form")) turn(id === "next" ? 1 : -1);
    else if (!$(id).hidden) $(id).click();
  } else if (id) {
    press(id);
  } else if (event.key.toLowerCase() === "g" && $("more-form")) {
    set("layout", LAYOUTS[(LAYOUTS.indexOf(stage.layout) + 1) % LAYOUTS.length]);
  } else if (event.key === " " && !event.target.closest("button:not(#stage-form *), summary")) {
    // Also where a click on Next has left the focus.
    event.preventDefault();
    if (!event.repeat && $("status-form") && !$("status-form").hidden) toggle();
  }
});
// A button that has the focus is pressed when the space key is let go.
addEventListener("keyup", (event) => {
  if (event.key === " " && event.target.closest("#stage-form button")) event.preventDefault();
});

// --- the clock of a question ---

function tick() {
  const question = current();
  const ends = question?.status === "open" && question.closes_at ? Date.parse(question.closes_at) : null;
  $("timer").hidden = ends === null;
  if (ends === null) return;
  const left = Math.max(0, Math.ceil((ends - Date.now() - ahead) / 1000));
  $("timer").textContent = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
  $("timer").toggleAttribute("data-last", left <= 5);
  if (left > 0) return;
  // The server takes no answer any more; the record follows.
  question.status = "closed";
  paintStatus(question);
  paint();
  post(root.dataset.snapshotUrl.replace("present.json", `questions/${question.id}/status`), { status: "closed" });
}
setInterval(tick, 250);

// What a question asks is drawn by the server: when that changes, or a question is new, the page is fetched anew.
// Named one by one, since the page and the stream write their names in different orders.
const ASKED = ["position", "kind", "title", "options", "key", "label", "picture", "most", "low", "high", "least", "greatest", "decimals", "unit", "show", "right"];
const asks = (question) => JSON.stringify(question, ASKED);

function onQuestion(question) {
  const before = questions.get(question.id);
  if (before && before.version >= question.version) return;
  if (!before || asks(before) !== asks(question)) return location.reload();
  questions.set(question.id, question);
  paintStatus(question);
  paint();
}

function onStage(now) {
  if (asked || now.version < stage.version) return;
  const thawed = stage.frozen && !now.frozen;
  stage = now;
  paint();
  if (thawed) reload();
}

function onGone({ id }) {
  if (questions.has(id)) location.reload();
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
  const response = await fetch(root.dataset.snapshotUrl, { headers: HEADERS }).catch(() => null);
  if (!response) return;
  if (!response.ok) return location.reload();
  const snapshot = await response.json();
  ahead = Date.parse(snapshot.now) - Date.now();
  if (snapshot.questions.length !== questions.size) return location.reload();
  snapshot.questions.forEach(onQuestion);
  snapshot.tallies.forEach(paintTally);
  onPeople({ count: snapshot.people });
  onPoll(snapshot.poll);
  paintLeaders(snapshot);
  if (!asked) {
    stage = snapshot.stage;
    paint();
  }
}

function sayLive(state, text) {
  live.dataset.state = state;
  live.textContent = text;
}

const HANDLERS = { question: onQuestion, tally: paintTally, gone: onGone, people: onPeople, poll: onPoll, stage: onStage, leaders: paintLeaders };
const SAID = { live: ["live", "Live"], connecting: ["waiting", "Connecting"], waiting: ["lost", "No connection, trying again"] };
listen(root.dataset.topic, root.dataset.cursor, ({ type, data }) => HANDLERS[type]?.(data), {
  onState: (state) => sayLive(...SAID[state]),
  onReset: reload,
  onCut: () => sayLive("lost", "This poll is gone, or you may no longer present it."),
});
// A page that was asked for with a question puts it on the stage.
if (new URLSearchParams(location.search).get("question")) {
  history.replaceState(null, "", location.pathname);
  if (root.dataset.asked && Number(root.dataset.asked) !== stage.showing) set("showing", root.dataset.asked);
}
paint();
