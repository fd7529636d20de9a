// Asking the server: every answer is JSON, every change carries the token of the page.
const token = document.querySelector('meta[name="csrf-token"]').content;

export const ask = (address) => fetch(address, { headers: { Accept: "application/json" } });

export function send(address, fields) {
  const body = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) for (const one of [value].flat()) body.append(name, one);
  return fetch(address, { method: "POST", body, headers: { "X-CSRF-Token": token, Accept: "application/json" } });
}
