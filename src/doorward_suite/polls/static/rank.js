// A list that people put in order: by dragging, or by two buttons on each.
import { make } from "./make.js";

const move = (item, by) => {
  const list = item.parentElement;
  const other = by < 0 ? item.previousElementSibling : item.nextElementSibling;
  if (!other) return;
  // The other one is moved: an item that leaves the page for a moment loses the pointer and the focus.
  list.insertBefore(other, by < 0 ? item.nextSibling : item);
  number(list);
};

function number(list) {
  [...list.children].forEach((item, index) => { item.firstChild.textContent = String(index + 1); });
  list.dispatchEvent(new Event("input", { bubbles: true }));
}

function arrow(item, by, label) {
  const name = by < 0 ? "Up" : "Down";
  const button = make("button", { class: "button quiet", type: "button", "aria-label": `${name}: ${label}` }, by < 0 ? "↑" : "↓");
  button.addEventListener("click", () => { move(item, by); button.focus(); });
  return button;
}

function draggable(item, grip) {
  grip.addEventListener("pointerdown", (event) => {
    if (item.closest("fieldset").disabled) return;
    event.preventDefault();
    grip.setPointerCapture(event.pointerId);
    item.classList.add("held");
  });
  grip.addEventListener("pointermove", ({ clientY }) => {
    if (!item.classList.contains("held")) return;
    const [before, after] = [item.previousElementSibling, item.nextElementSibling].map((one) => one?.getBoundingClientRect());
    if (before && clientY < before.top + before.height / 2) move(item, -1);
    else if (after && clientY > after.top + after.height / 2) move(item, 1);
  });
  for (const end of ["pointerup", "pointercancel"]) grip.addEventListener(end, () => item.classList.remove("held"));
}

export function rank({ title, options }, mine, disabled) {
  const labels = new Map(options.map(({ key, label }) => [key, label]));
  const order = mine.length === labels.size ? mine : [...labels.keys()];
  const list = make("ol", { class: "rank" }, ...order.map((key, index) => {
    const grip = make("span", { class: "grip", "aria-hidden": "true" }, "⠿");
    const item = make("li", { class: "choice" }, make("span", { class: "choice-key" }, String(index + 1)), make("span", {}, labels.get(key)), grip);
    item.append(arrow(item, -1, labels.get(key)), arrow(item, 1, labels.get(key)), make("input", { type: "hidden", name: "answer", value: key }));
    draggable(item, grip);
    return item;
  }));
  const legend = make("legend", {}, make("h1", {}, title), make("span", { class: "hint" }, "Put them in order, the first on top."));
  return [make("fieldset", { disabled }, legend, list)];
}
