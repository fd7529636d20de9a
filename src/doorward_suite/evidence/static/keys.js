// Single keys for who works much here: an element with data-key="n" is opened, or focused, by that key.
// Never while somebody types, never with Ctrl, Alt or Meta; and they can be switched off (WCAG 2.1.4).
"use strict";

const NAME = "evidence-keys";
const bar = document.querySelector("[data-keys]");
const toggle = bar?.querySelector("[data-keys-toggle]");
let on = read();

if (bar && toggle) {
  bar.hidden = false;
  show();
  toggle.addEventListener("click", () => {
    on = !on;
    keep();
    show();
  });
}

document.addEventListener("keydown", (event) => {
  if (!on || event.ctrlKey || event.altKey || event.metaKey || event.isComposing || event.repeat) return;
  if (event.target instanceof Element && event.target.closest("input, select, textarea, [contenteditable]")) return;
  const target = [...document.querySelectorAll("[data-key]")].find((one) => one.dataset.key === event.key);
  if (!target) return;
  event.preventDefault();
  if (target instanceof HTMLInputElement) {
    target.focus();
    target.select();
  } else target.click();
});

function show() {
  for (const one of document.querySelectorAll("[data-key]")) {
    if (on) one.setAttribute("aria-keyshortcuts", one.dataset.key);
    else one.removeAttribute("aria-keyshortcuts");
  }
  bar.querySelector("[data-keys-on]").hidden = !on;
  bar.querySelector("[data-keys-off]").hidden = on;
  toggle.textContent = on ? "Switch keys off" : "Switch keys on";
}

function read() {
  try {
    return localStorage.getItem(NAME) !== "off";
  } catch {
    return true;
  }
}

function keep() {
  try {
    localStorage.setItem(NAME, on ? "on" : "off");
  } catch {
    // without storage the choice holds for this page
  }
}
