// The list of rooms: counts what comes in while one looks elsewhere.
import { listen } from "/doorward/static/live.js";
import { Alerts } from "./alerts.js";
import { quiet, ring } from "./ringing.js";

const called = new Set();

function counter(room) {
  return document.querySelector(`.room-link[data-room="${room}"]`);
}

function show(link, count) {
  const place = link.querySelector("[data-count]");
  place.dataset.count = count;
  place.textContent = count > 99 ? "99+" : String(count);
  place.closest(".room-count").hidden = count === 0;
  link.classList.toggle("unread", count > 0);
}

/** The list is another. What somebody types here is not taken away, and a page that is being left is left alone. */
function reload() {
  const typed = [...document.querySelectorAll("main input:not([type=hidden])")].some((one) => one.value !== one.defaultValue);
  if (!typed) location.reload();
}

/**
 * Follow what happens in one's rooms.
 * @param {number} here the room that is open, which counts nothing while it is looked at
 * @param {string} until when one may be disturbed again, or ""
 */
export function followRooms(topic, cursor, here, until) {
  const alerts = new Alerts(topic, here, until);
  const heard = {
    news: ({ room, id, thread, called: named, count = 1 }) => {
      alerts.news({ room, id, thread, called: named });
      const link = counter(room);
      if (!link || room === here || (thread && !named)) return;
      if (called.has(id)) return;
      called.add(id);
      show(link, Number(link.querySelector("[data-count]").dataset.count) + Math.max(1, count));
      const item = link.closest("li");
      item.parentElement.prepend(item);
    },
    read: ({ room }) => {
      const link = counter(room);
      if (link) show(link, 0);
    },
    ring: (call) => { if (!alerts.quiet) ring(call); },
    quiet,
    hush: (data) => alerts.hush(data),
    rooms: () => { if (!here) setTimeout(reload, 1500); },
  };
  return listen(topic, cursor, ({ type, data }) => heard[type]?.(data));
}
