// Keeps the numbers of the results true while dots are put; whatever else has changed is fetched anew when one wants.
import { listen } from "/doorward/static/live.js";

const stream = document.querySelector("[data-stream]");
const live = document.querySelector("[data-live]");

function say(state, text) {
  live.dataset.state = state;
  live.textContent = text;
}

function changed() {
  stream.querySelector("[data-changed]").hidden = false;
}

function onDots({ id, dots }) {
  const cell = stream.querySelector(`[data-dots="${Number(id)}"]`);
  if (cell) cell.textContent = String(dots);
  else changed();
}

const SAID = { live: ["live", "Live"], connecting: ["waiting", "Connecting"], waiting: ["lost", "No connection, trying again"] };
listen(stream.dataset.topic, stream.dataset.cursor, ({ type, data }) => (type === "dots" ? onDots(data) : changed()), {
  onState: (state) => say(...SAID[state]),
  onReset: changed,
  onCut: () => say("lost", "These results are not published any more."),
});
