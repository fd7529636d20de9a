// The service worker of chat. It keeps scripts, styles and pictures of the pages, which are the same for everybody, and
// nothing else: no page, no message, no file of a person ever goes through it. It shows notices and follows a click on one.
const CACHE = "chat-static-1";
const STATIC = /^\/(chat|doorward)\/static\/[\w.-]+$/;
const KINDS = /^(text\/(css|javascript)|image\/svg\+xml)/;

self.addEventListener("install", () => self.skipWaiting());

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) if (name !== CACHE) await caches.delete(name);
    await self.clients.claim();
  })());
});

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== self.location.origin || !STATIC.test(url.pathname)) return;
  event.respondWith(url.searchParams.has("v") ? keptFirst(event.request) : newestFirst(event.request));
});

/** Whose address changes with the content never changes itself. */
async function keptFirst(request) {
  return (await caches.match(request)) ?? fetchAndKeep(request);
}

async function newestFirst(request) {
  try {
    return await fetchAndKeep(request);
  } catch (problem) {
    const kept = await caches.match(request);
    if (kept) return kept;
    throw problem;
  }
}

async function fetchAndKeep(request) {
  const response = await fetch(request);
  if (response.ok && response.type === "basic" && !response.redirected && KINDS.test(response.headers.get("Content-Type") ?? "")) {
    const cache = await caches.open(CACHE);
    await cache.delete(request, { ignoreSearch: true }); // of each file the newest alone
    await cache.put(request, response.clone());
  }
  return response;
}

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const path = event.notification.data?.path ?? "/chat/";
  if (!/^\/chat\/(m\/\d+)?$/.test(path)) return;
  event.waitUntil((async () => {
    const [open] = await self.clients.matchAll({ type: "window" });
    if (!open) return self.clients.openWindow(path);
    await open.focus();
    return open.navigate(path);
  })());
});
