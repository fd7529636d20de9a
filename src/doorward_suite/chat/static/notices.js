// The page of notices: what this browser does. The browser itself asks only after a click here.
import { chime, Wishes } from "./alerts.js";
import { followRooms } from "./rooms.js";

const place = document.getElementById("notices");
const sound = document.getElementById("sound");
const desktop = document.getElementById("desktop");
const said = document.getElementById("desktop-said");
const wishes = new Wishes(place.dataset.topic);

function show() {
  for (const [button, on, words] of [[sound, wishes.sound, "Sound"], [desktop, wishes.desktop, "Notices of the browser"]]) {
    button.setAttribute("aria-pressed", String(on));
    button.textContent = `${words}: ${on ? "on" : "off"}`;
  }
}

sound.hidden = typeof AudioContext !== "function";
sound.addEventListener("click", () => {
  wishes.set("sound", !wishes.sound);
  if (wishes.sound) chime();
  show();
});

desktop.hidden = typeof Notification !== "function";
desktop.addEventListener("click", async () => {
  const on = !wishes.desktop;
  const answer = on ? await Notification.requestPermission() : "granted";
  said.textContent = answer === "granted" ? "" : "The browser does not allow it for this site. Its own settings can change that.";
  wishes.set("desktop", on && answer === "granted");
  show();
});

show();
followRooms(place.dataset.topic, place.dataset.cursor, 0, place.dataset.quiet);
