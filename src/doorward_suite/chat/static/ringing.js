// Somebody calls: a banner with a way in, which goes away by itself.
const rings = new Map();

/** Ring for a call until it is over, was answered elsewhere, or nobody wants to wait any more. */
export function ring({ room, by, name, until }) {
  quiet({ room });
  const left = new Date(until) - Date.now();
  if (left <= 0 || location.pathname === `/chat/${room}/call`) return;
  const banner = document.createElement("div");
  banner.className = "ring notice";
  banner.setAttribute("role", "alert");
  const text = document.createElement("p");
  text.textContent = name ? `${by} calls in ${name}.` : `${by} calls.`;
  const answer = document.createElement("a");
  Object.assign(answer, { className: "button", href: `/chat/${room}/call`, textContent: "Answer" });
  const not = document.createElement("button");
  Object.assign(not, { className: "button quiet", type: "button", textContent: "Not now" });
  not.addEventListener("click", () => quiet({ room }));
  banner.append(text, answer, not);
  document.body.append(banner);
  rings.set(room, { banner, timer: setTimeout(() => quiet({ room }), Math.min(left, 60000)) });
}

export function quiet({ room }) {
  const known = rings.get(room);
  if (!known) return;
  clearTimeout(known.timer);
  known.banner.remove();
  rings.delete(room);
}
