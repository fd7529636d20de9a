// Says every 45 seconds that a page is open, for sessions that end with their last tab.
const token = document.querySelector('meta[name="csrf-token"]')?.content;
if (token) setInterval(() => fetch("/account/here", { method: "POST", headers: { "X-CSRF-Token": token } }).catch(() => {}), 45_000);
