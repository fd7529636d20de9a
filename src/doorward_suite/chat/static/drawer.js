// The list of rooms on a phone: a drawer from the left, by its button, by a swipe, and away again by Escape, a swipe, or a
// tap beside it. It is a modal dialog, so that the focus stays inside and comes back to where it was.
const EDGE = 28;
const FAR_ENOUGH = 60;
const WIDE = matchMedia("(min-width: 60rem)");

export function startDrawer(dialog, button, side) {
  const home = side.parentElement;
  const open = () => {
    if (WIDE.matches || dialog.open || document.querySelector("dialog[open]")) return;
    dialog.append(side);
    dialog.showModal();
  };
  const fit = () => {
    if (WIDE.matches) dialog.close();
    button.hidden = WIDE.matches;
    home.classList.toggle("has-drawer", !WIDE.matches);
  };
  dialog.addEventListener("close", () => home.prepend(side));
  dialog.addEventListener("click", ({ target }) => { if (target === dialog) dialog.close(); });
  button.addEventListener("click", open);
  WIDE.addEventListener("change", fit);
  fit();

  let from = null;
  document.addEventListener("touchstart", ({ touches }) => {
    from = touches.length === 1 ? { x: touches[0].clientX, y: touches[0].clientY } : null;
  }, { passive: true });
  document.addEventListener("touchend", ({ changedTouches }) => {
    if (!from) return;
    const across = changedTouches[0].clientX - from.x;
    const along = Math.abs(changedTouches[0].clientY - from.y);
    if (along < Math.abs(across) / 2) {
      if (from.x < EDGE && across > FAR_ENOUGH) open();
      if (dialog.open && across < -FAR_ENOUGH) dialog.close();
    }
    from = null;
  }, { passive: true });
}
