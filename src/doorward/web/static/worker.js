// Starting the service worker of an app: the one place where an address of a script is made from text. The policy lets
// through `/<app>/worker.js` of this site and nothing else, and can be made on pages only that declare `access.starts_worker`.
const OURS = /^\/[a-z]+\/worker\.js$/;

const policy = globalThis.trustedTypes?.createPolicy("doorward-worker", {
  createScriptURL(path) {
    if (!OURS.test(path)) throw new TypeError("not the worker of an app");
    return path;
  },
});

/** Start the worker of an app, for the app's own pages. */
export function startWorker(app) {
  const path = `/${app}/worker.js`;
  return navigator.serviceWorker.register(policy ? policy.createScriptURL(path) : path, { scope: `/${app}/`, updateViaCache: "none" });
}
