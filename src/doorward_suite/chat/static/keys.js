// Everything by the keyboard. What needs no second key works among the messages only, so that nobody who talks to their
// computer, or types, sets something off; the sheet behind "?" says all of it.
const isField = (target) => target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName);

/** The room before or after the one that is open; with `unread`, the next that has something to read. */
function roomAt(step, unread) {
  const links = [...document.querySelectorAll(".room-link")];
  const here = links.findIndex((link) => link.getAttribute("aria-current"));
  for (let at = here + step; at >= 0 && at < links.length; at += step) if (!unread || links[at].classList.contains("unread")) return links[at];
  return null;
}

function rowAt(log, focused, step) {
  const rows = [...log.querySelectorAll(".msg[data-id]")];
  const at = rows.indexOf(focused);
  return at < 0 ? rows.at(-1) : rows[Math.min(rows.length - 1, Math.max(0, at + step))];
}

export function startKeys(sheet, button) {
  const openSheet = () => { if (!document.querySelector("dialog[open]")) sheet.showModal(); };
  button.hidden = false;
  button.addEventListener("click", openSheet);

  function amongMessages(event, log) {
    const row = event.target.closest(".msg");
    const press = (what) => row?.querySelector(what)?.click();
    const acts = {
      ArrowUp: () => rowAt(log, row, -1)?.focus(),
      ArrowDown: () => rowAt(log, row, 1)?.focus(),
      a: () => press("[data-act=answer]"),
      t: () => press("[data-act=thread]"),
      m: () => press("[data-act=more]"),
      "+": () => press("[data-act=react]"),
      "/": () => document.getElementById("search-link").click(),
      Escape: () => log.parentElement.querySelector(".composer textarea")?.focus(),
    };
    if (!acts[event.key]) return;
    event.preventDefault();
    acts[event.key]();
  }

  document.addEventListener("keydown", (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey || document.querySelector("dialog[open]")) return;
    if (event.altKey) {
      const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
      const link = step && roomAt(step, event.shiftKey);
      if (link) {
        event.preventDefault();
        link.click();
      }
      return;
    }
    if (isField(event.target)) return;
    if (event.key === "?") {
      event.preventDefault();
      openSheet();
      return;
    }
    const log = event.target.closest(".log");
    if (log && (event.target === log || event.target.closest(".msg"))) amongMessages(event, log);
  });
}
