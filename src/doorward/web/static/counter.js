// Says how many characters are left under a field: <output class="counter" data-counts="field-id" data-most="200">.
// Counts code points, as the server does.
for (const output of document.querySelectorAll("output[data-counts]")) {
  const field = document.getElementById(output.dataset.counts);
  const count = () => {
    const left = Number(output.dataset.most) - [...field.value].length;
    output.textContent = left >= 0 ? `${left} left` : `${-left} too many`;
    output.toggleAttribute("data-over", left < 0);
  };
  field.addEventListener("input", count);
  count();
}
