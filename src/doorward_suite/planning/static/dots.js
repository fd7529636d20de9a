// The page of priorities: sends dots without a reload, and keeps everybody's numbers true.
import { listen } from "/doorward/static/live.js";

const stream = document.querySelector("[data-stream]");
const list = document.querySelector("[data-dots]") ?? document.createElement("ol");
const live = document.querySelector("[data-live]");
const left = document.querySelector("[data-left]");
const token = document.querySelector('meta[name="csrf-token"]').content;
const item = (id) => list.querySelector(`[data-id="${Number(id)}"]`);

function say(state, text) {
  live.dataset.state = state;
  live.textContent = text;
}

function onDots({ id, dots }) {
  const one = item(id);
  if (!one) return;
  one.querySelector("[data-count]").textContent = String(dots);
  const meters = [...list.querySelectorAll("[data-meter]")];
  one.querySelector("[data-meter]").value = dots;
  const most = Math.max(1, dots, ...[...list.querySelectorAll("[data-count]")].map((node) => Number(node.textContent)));
  for (const meter of meters) {
    meter.max = most;
    meter.value = Number(meter.closest("[data-id]").querySelector("[data-count]").textContent);
  }
}

list.addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  const button = form.querySelector("button");
  button.disabled = true;
  try {
    const body = new URLSearchParams({ dots: form.elements.dots.value });
    const response = await fetch(form.action, { method: "POST", body, headers: { "X-CSRF-Token": token, Accept: "application/json" } });
    const said = await response.json();
    if (response.ok) {
      left.textContent = String(said.left);
      say("live", "Saved");
    } else {
      say("lost", said.error?.fields?.dots ?? said.error?.message ?? "Not saved. Reload the page.");
    }
  } catch {
    say("lost", "Not saved. Is the network there?");
  }
  button.disabled = false;
});

function onChanged() {
  stream.querySelector("[data-changed]").hidden = false;
}

const HANDLERS = { changed: onChanged, dots: onDots, gone: ({ id }) => item(id)?.remove() };
const SAID = { live: ["live", "Live"], connecting: ["waiting", "Connecting"], waiting: ["lost", "No connection, trying again"] };
listen(stream.dataset.topic, stream.dataset.cursor, ({ type, data }) => HANDLERS[type]?.(data), {
  onState: (state) => say(...SAID[state]),
  onReset: () => location.reload(),
  onCut: () => say("lost", "You take part no more."),
});
