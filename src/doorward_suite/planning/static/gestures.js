// What fingers, mouse and keys want of a picture that can be moved, zoomed and pointed at.

// surface: what is touched. acts: drag(dx, dy) and zoom(factor, point) in pixels of the page, tap(point); for keys
// step(dx, dy) with -1, 0 or 1, and enter(). A zoom without a point is about the middle, or whatever is meant.
export function follow(surface, acts) {
  const fingers = new Map();
  let moved = 0;

  surface.addEventListener("pointerdown", (event) => {
    if (event.target.closest("a") && fingers.size === 0) return; // a pin is a link
    fingers.set(event.pointerId, { clientX: event.clientX, clientY: event.clientY });
    if (fingers.size === 1) moved = 0;
    surface.setPointerCapture(event.pointerId);
  });

  surface.addEventListener("pointermove", (event) => {
    const before = fingers.get(event.pointerId);
    if (!before) return;
    const now = { clientX: event.clientX, clientY: event.clientY };
    const [dx, dy] = [now.clientX - before.clientX, now.clientY - before.clientY];
    if (fingers.size === 1) {
      moved += Math.abs(dx) + Math.abs(dy);
      acts.drag(dx, dy);
    } else {
      const other = [...fingers].find(([id]) => id !== event.pointerId)[1];
      const far = (one) => Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY) || 1;
      moved = Infinity;
      acts.drag(dx / 2, dy / 2);
      acts.zoom(far(now) / far(before), { clientX: (now.clientX + other.clientX) / 2, clientY: (now.clientY + other.clientY) / 2 });
    }
    fingers.set(event.pointerId, now);
  });

  for (const end of ["pointerup", "pointercancel"]) {
    surface.addEventListener(end, (event) => {
      const was = fingers.delete(event.pointerId);
      if (end === "pointerup" && was && fingers.size === 0 && moved < 6) acts.tap(event);
    });
  }

  surface.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && document.activeElement !== surface) return; // the page scrolls on past what nobody uses
    event.preventDefault();
    acts.zoom(event.deltaY < 0 ? 1.2 : 1 / 1.2, event);
  }, { passive: false });

  const STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  surface.addEventListener("keydown", (event) => {
    if (event.target !== surface || event.altKey || event.ctrlKey || event.metaKey) return;
    if (STEPS[event.key]) acts.step(...STEPS[event.key]);
    else if (event.key === "+" || event.key === "=") acts.zoom(1.5);
    else if (event.key === "-") acts.zoom(1 / 1.5);
    else if (event.key === "Enter" && acts.enter) acts.enter();
    else return;
    event.preventDefault();
  });
}
