// What an audience proposes, as it comes: on phones, where people vote for it, and on the page of whoever presents.
import { listen } from "/doorward/static/live.js";
import { make } from "./make.js";

const root = document.getElementById("moving");
const token = document.querySelector('meta[name="csrf-token"]').content;
const lists = [...root.querySelectorAll("[data-list]")];
const judging = root.dataset.role === "presenter";

const find = (id) => root.querySelector(`[data-proposal="${id}"]`);
const hidden = (text) => make("span", { class: "visually-hidden" }, text);

function button(path, name, value, kind, ...label) {
  return make("form", { method: "post", action: path },
    make("input", { type: "hidden", name: "csrf_token", value: token }),
    make("button", { class: `button ${kind}`, ...(name ? { name, value } : {}) }, ...label));
}

function support(id, text) {
  const form = button(`${root.dataset.path}/${id}/support`, "wanted", "1", "quiet",
    make("span", { "aria-hidden": "true" }, "▲"), " ", make("span", { "data-votes": true }), make("span", { class: "visually-hidden", "data-said": true }));
  form.querySelector("button").setAttribute("aria-pressed", "false");
  return [make("p", { "data-text": true }, text), form];
}

function judge(id, text, status) {
  const path = `${root.dataset.path}/${id}`;
  const about = () => hidden(`: ${text}`);
  const through = status === "waiting" ? [button(`${path}/status`, "status", "shown", "", "Let it through", about())] : [];
  return [
    make("p", {}, make("strong", { "data-text": true }, text)),
    make("p", { class: "muted" }, make("span", { "data-votes": true }), make("span", { "data-said": true })),
    make("div", { class: "row" }, ...through,
      button(`${path}/question`, "", "", "quiet", "Make it a question", about()),
      button(`${path}/status`, "status", "refused", "quiet", "Refuse", about()))];
}

function draw({ id, text, status }) {
  const parts = judging ? judge(id, text, status) : support(id, text);
  return make("li", { class: judging ? "panel stack tight" : "", "data-proposal": id, "data-status": status }, ...parts);
}

function say(item, { votes, text }) {
  item.dataset.count = votes;
  const wants = votes === 1 ? "wants" : "want";
  item.querySelector("[data-votes]").textContent = votes;
  item.querySelector("[data-said]").textContent = judging ? ` ${wants} it` : ` ${wants} this: ${text}`;
}

// The most wanted first. What somebody is about to press stays where it is.
function arrange(list) {
  if (list.contains(document.activeElement)) return;
  const items = [...list.children];
  items.sort((a, b) => b.dataset.count - a.dataset.count || a.dataset.proposal - b.dataset.proposal);
  if (items.some((item, at) => list.children[at] !== item)) list.append(...items);
}

function onProposal(now) {
  const list = lists.find((one) => one.dataset.list === now.status);
  let item = find(now.id);
  if (item && item.dataset.status !== now.status) {
    item.remove();
    item = null;
  }
  if (list) {
    if (!item) list.append(item = draw(now));
    say(item, now);
    arrange(list);
  }
  for (const one of lists) {
    root.querySelector(`[data-some="${one.dataset.list}"]`)?.toggleAttribute("hidden", one.children.length === 0);
    root.querySelector(`[data-none="${one.dataset.list}"]`)?.toggleAttribute("hidden", one.children.length > 0);
  }
}

listen(root.dataset.topic, root.dataset.cursor, ({ type, data }) => { if (type === "proposal") onProposal(data); }, {
  // What was missed is not told again: the page is fetched anew, unless somebody is writing.
  onReset: () => { if (!document.querySelector("textarea")?.value) location.reload(); },
});
