// Adds the show/hide button to password fields. Without this module the field simply stays hidden text.
for (const button of document.querySelectorAll("button[data-shows]")) {
  const field = document.getElementById(button.dataset.shows);
  const show = (visible) => {
    field.type = visible ? "text" : "password";
    button.firstElementChild.textContent = visible ? "Hide" : "Show";
  };
  button.hidden = false;
  button.addEventListener("click", () => { show(field.type === "password"); field.focus(); });
  // A password sent as a text field may be remembered by the browser's form history.
  field.form?.addEventListener("submit", () => show(false));
}
