// Copies the text of the element named by data-copies, and says honestly whether that worked.
// The clipboard needs a secure context; without one the text is selected for the person to copy.
for (const button of document.querySelectorAll("button[data-copies]")) {
  const source = document.getElementById(button.dataset.copies);
  const label = button.textContent;
  let back;
  const say = (text) => {
    button.textContent = text;
    clearTimeout(back);
    back = setTimeout(() => { button.textContent = label; }, 4000);
  };
  button.hidden = false;
  button.setAttribute("aria-live", "polite");
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(source.textContent.trim());
      say("Copied");
    } catch {
      getSelection().selectAllChildren(source);
      say("Selected: press Ctrl+C or ⌘C");
    }
  });
}
