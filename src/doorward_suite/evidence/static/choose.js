// One button that chooses all objectives of the list, or none of them.
"use strict";

const place = document.querySelector("[data-choose-all]");
const button = place?.querySelector("button");
const boxes = [...document.querySelectorAll(".worklist input[type=checkbox]")];

if (place && button) {
  place.hidden = false;
  button.addEventListener("click", () => {
    const all = boxes.every((box) => box.checked);
    for (const box of boxes) box.checked = !all;
    show();
  });
  document.addEventListener("change", show);
  show();
}

function show() {
  const chosen = boxes.filter((box) => box.checked).length;
  button.textContent = chosen === boxes.length ? "Choose none" : `Choose all of the list (${chosen} of ${boxes.length} chosen)`;
}
