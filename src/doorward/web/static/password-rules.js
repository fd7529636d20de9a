// Marks the rules of a new password as they are met while one types. Nothing is sent; the server judges again.
for (const list of document.querySelectorAll("[data-judges]")) {
  const field = document.getElementById(list.dataset.judges);
  if (!field) continue;
  const met = (rule, text) => {
    const length = [...text].length;
    if (rule.minimum) return length >= Number(rule.minimum);
    if (rule.maximum) return length <= Number(rule.maximum);
    return new RegExp(rule.pattern, "u").test(text);
  };
  field.addEventListener("input", () => {
    for (const item of list.children) {
      if (!item.dataset.minimum && !item.dataset.maximum && !item.dataset.pattern) continue;
      const holds = field.value !== "" && met(item.dataset, field.value.normalize("NFC"));
      item.dataset.state = field.value === "" ? "" : holds ? "met" : "unmet";
      item.querySelector("[data-said]").textContent = field.value === "" ? "" : holds ? ": met" : ": not yet";
    }
  });
}
