// Questions are put in order by dragging, besides the two buttons that each has.
const list = document.getElementById("questions");
const token = document.querySelector('meta[name="csrf-token"]').content;

async function send(item) {
  const place = [...list.children].indexOf(item) + 1;
  const body = new URLSearchParams({ place: String(place) });
  await fetch(item.dataset.place, { method: "POST", body, headers: { "X-CSRF-Token": token, Accept: "application/json" } }).catch(() => null);
  location.reload();
}

function draggable(item) {
  const grip = document.createElement("span");
  grip.className = "grip";
  grip.textContent = "⠿";
  grip.setAttribute("aria-hidden", "true");
  item.querySelector("h3").before(grip);
  let started = false;
  grip.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    grip.setPointerCapture(event.pointerId);
    started = true;
    item.classList.add("held");
  });
  grip.addEventListener("pointermove", ({ clientY }) => {
    if (!started) return;
    const middle = (one) => { const { top, height } = one.getBoundingClientRect(); return top + height / 2; };
    // The others are moved: an item that leaves the page for a moment loses the pointer.
    const [before, after] = [item.previousElementSibling, item.nextElementSibling];
    if (before && clientY < middle(before)) list.insertBefore(before, item.nextSibling);
    else if (after && clientY > middle(after)) list.insertBefore(after, item);
  });
  for (const end of ["pointerup", "pointercancel"]) {
    grip.addEventListener(end, () => {
      if (!started) return;
      started = false;
      item.classList.remove("held");
      send(item);
    });
  }
}

if (list && list.children.length > 1) for (const item of list.children) draggable(item);
