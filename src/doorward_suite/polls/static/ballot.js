// Builds the voting card that the server's page shows at first: the same elements, for a question that came by the stream.
import { rank } from "./rank.js";
import { make } from "./make.js";

const SVG = "http://www.w3.org/2000/svg";
const STAR = "M12 2.500l2.900 6.200 6.800.8-5 4.600 1.300 6.700L12 17.500l-6 3.300 1.300-6.700-5-4.600 6.800-.8z";
const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
export const LONGEST = 280;

function star() {
  const svg = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", STAR);
  svg.append(path);
  return svg;
}

function choices(question, mine, disabled) {
  const several = question.kind === "select";
  const bounded = several && question.most < question.options.length;
  const hint = bounded ? `Choose at most ${question.most}.` : "Choose all that apply.";
  const legend = make("legend", {}, make("h1", {}, question.title));
  if (several) legend.append(make("span", { class: "hint" }, hint));
  const rows = question.options.map(({ key, label, picture }, index) => make("label", { class: "choice" },
    make("span", { class: "choice-key", "aria-hidden": "true" }, LETTERS[index] ?? String(index + 1)),
    picture ? make("img", { src: `../pictures/${picture}`, alt: label }) : make("span", {}, label),
    make("input", { type: several ? "checkbox" : "radio", name: "answer", value: key, checked: mine.includes(key) })));
  const set = make("fieldset", { disabled }, legend, ...rows);
  if (question.options.at(-1).key !== "other") return [set];
  const own = make("input", { class: "input", id: "other", name: "other", maxlength: LONGEST, autocomplete: "off", disabled });
  own.value = mine.includes("other") ? mine.at(-1) : "";
  return [set, make("div", { class: "field own" }, make("label", { for: "other" }, "Your own answer"), own)];
}

function number({ title, least, greatest, decimals, unit }, mine, disabled) {
  const places = decimals ? `with at most ${decimals} decimal${decimals > 1 ? "s" : ""}.` : "a whole number.";
  const mode = least.startsWith("-") ? "text" : decimals ? "decimal" : "numeric";
  const field = make("input", { class: "input", id: "answer", name: "answer", inputmode: mode, maxlength: 20, autocomplete: "off", "aria-labelledby": "question", "aria-describedby": "answer-hint", disabled });
  field.value = mine[0] ?? "";
  const hint = make("span", { class: "hint", id: "answer-hint" }, `From ${least} to ${greatest}${unit && ` ${unit}`}, ${places}`);
  return [make("div", { class: "field" }, make("h1", { id: "question" }, title), hint, field)];
}

function words({ title, most }, mine, disabled) {
  const legend = make("legend", {}, make("h1", {}, title));
  if (most > 1) legend.append(make("span", { class: "hint" }, `Up to ${most} words.`));
  const fields = Array.from({ length: most }, (_, index) => {
    const field = make("input", { class: "input", name: "answer", maxlength: 40, autocomplete: "off", "aria-label": `Word ${index + 1}` });
    field.value = mine[index] ?? "";
    return field;
  });
  return [make("fieldset", { disabled }, legend, ...fields)];
}

function rating(question, mine, disabled) {
  const most = question.options.length;
  const stars = question.options.map(({ key }) => make("label", {}, star(),
    make("span", {}, key, make("span", { class: "visually-hidden" }, ` of ${most}`)),
    make("input", { type: "radio", name: "answer", value: key, checked: mine.includes(key) })));
  const set = make("fieldset", { disabled }, make("legend", {}, make("h1", {}, question.title)), make("div", { class: "rating" }, ...stars));
  if (question.low || question.high) {
    set.append(make("p", { class: "rating-ends" }, make("span", {}, `1: ${question.low || "–"}`), make("span", {}, `${most}: ${question.high || "–"}`)));
  }
  return [set];
}

function short(question, mine, disabled) {
  const area = make("textarea", { class: "input", id: "answer", name: "answer", rows: 3, "aria-labelledby": "question", disabled });
  area.value = mine[0] ?? "";
  const counter = make("output", { class: "counter", for: "answer" });
  return [make("div", { class: "field" }, make("h1", { id: "question" }, question.title), area, counter)];
}

const KINDS = { choice: choices, image: choices, select: choices, rating, short, number, cloud: words, ranking: rank };

export function waiting() {
  return [
    make("h1", {}, "Nothing to answer yet"),
    make("p", { class: "lead" }, "Keep this page open. The question appears here as soon as it is asked."),
  ];
}

// mine: what was sent, as the server takes it, or nothing.
export function card(question, mine) {
  const disabled = question.status !== "open";
  const parts = [make("input", { type: "hidden", name: "question", value: question.id }), ...KINDS[question.kind](question, mine ?? [], disabled)];
  if (question.revealed) parts.push(make("p", { class: "verdict", id: "verdict" }));
  if (!disabled) parts.push(make("div", { id: "send" }, make("button", { class: "button wide", type: "submit" }, mine ? "Change the answer" : "Send")));
  return parts;
}

// What a phone says of a question that was revealed, and of its own game: the same as ballot.py on the server.
export function verdict({ id, options, right }, player) {
  const labels = new Map(options.map(({ key, label }) => [key, label]));
  const points = player?.points[id];
  const mine = points === undefined ? "You did not answer." : points ? `Right: ${points} points.` : "Not right this time.";
  return `The answer: ${right.map((one) => labels.get(one) ?? one).join(", ")}. ${mine}`;
}

export function playerLine({ nickname, hidden, total }) {
  if (!nickname) return "Choose a nickname to be on the leaderboard";
  return `${nickname}${hidden ? ", taken down by the presenter" : ""}: ${total} points`;
}

// Says how many characters are left. Counts code points, as the server does.
export function count(root) {
  const area = root.querySelector("textarea");
  const output = root.querySelector("output");
  if (!area || !output) return;
  const left = LONGEST - [...area.value].length;
  output.textContent = left >= 0 ? `${left} left` : `${-left} too many`;
  output.toggleAttribute("data-over", left < 0);
}
