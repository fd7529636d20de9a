// Menus are <details> and work without this; here they also close on Escape, on a click elsewhere, and when focus leaves.
const open = () => document.querySelectorAll("details.menu[open]");
addEventListener("click", (event) => { for (const menu of open()) if (!menu.contains(event.target)) menu.open = false; });
addEventListener("focusin", (event) => { for (const menu of open()) if (!menu.contains(event.target)) menu.open = false; });
addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of open()) { menu.open = false; menu.querySelector("summary").focus(); }
});
