// Writes "5 minutes ago" for <time data-ago datetime="…">; the exact time stays in the title and in print.
const words = new Intl.RelativeTimeFormat(document.documentElement.lang || "en", { numeric: "auto" });
const units = [["year", 31557600], ["month", 2629800], ["day", 86400], ["hour", 3600], ["minute", 60]];

export function ago(seconds) {
  for (const [unit, size] of units) {
    if (Math.abs(seconds) >= size) return words.format(-Math.trunc(seconds / size), unit);
  }
  return words.format(0, "second");
}

function paint() {
  for (const time of document.querySelectorAll("time[data-ago]")) {
    const then = Date.parse(time.dateTime);
    if (Number.isNaN(then)) continue;
    time.title ||= time.textContent.trim();
    time.textContent = ago((Date.now() - then) / 1000);
  }
}

paint();
setInterval(paint, 60000);
addEventListener("beforeprint", () => {
  for (const time of document.querySelectorAll("time[data-ago][title]")) time.textContent = time.title;
});
