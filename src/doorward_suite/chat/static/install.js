// Keeping static files in this browser, and installing chat as an app of its own. Both only after a click.
import { startWorker } from "/doorward/static/worker.js";

const keep = document.getElementById("keep");
const install = document.getElementById("install");
const said = document.getElementById("keep-said");
const known = () => navigator.serviceWorker.getRegistration("/chat/");

async function show() {
  const on = Boolean(await known());
  keep.setAttribute("aria-pressed", String(on));
  keep.textContent = `Keep the files of the pages: ${on ? "on" : "off"}`;
}

async function forget() {
  await (await known())?.unregister();
  for (const name of await caches.keys()) await caches.delete(name);
}

if ("serviceWorker" in navigator) {
  keep.hidden = false;
  keep.addEventListener("click", async () => {
    said.textContent = "";
    try {
      if (await known()) await forget();
      else await startWorker("chat");
    } catch {
      said.textContent = "This browser does not allow it for this site.";
    }
    await show();
  });
  show();
}

let asking = null;
addEventListener("beforeinstallprompt", (event) => {
  event.preventDefault();
  asking = event;
  install.hidden = false;
});
install.addEventListener("click", async () => {
  await asking?.prompt();
  asking = null;
  install.hidden = true;
});
