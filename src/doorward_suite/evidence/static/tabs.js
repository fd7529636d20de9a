// Where the tabs of an assessment are one row that is pushed aside, the one that somebody is on is in sight.
"use strict";

const row = document.querySelector(".subnav.one-row ul");
const here = row?.querySelector("[aria-current]");
if (row && here) {
  const [around, own] = [row.getBoundingClientRect(), here.getBoundingClientRect()];
  row.scrollLeft += own.left - around.left - (around.width - own.width) / 2;
}
