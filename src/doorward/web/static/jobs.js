// Keeps the boxes of doorward/_jobs.html true: asks how far each job is, ever less often, until it is over.
// Inside of [data-reload-when-over] the page shows what came of it, and is fetched anew then.
import { wordsOf } from "./words.js";

const FIRST = 500;
const LONGEST = 5000;

function paint(box, job, said) {
  const badge = box.querySelector("[data-job-badge] .badge");
  badge.className = `badge ${job.looks}`;
  badge.textContent = said(job.words);
  const text = box.querySelector("[data-job-text]");
  const words = said(job.text);
  if (text.textContent !== words) text.textContent = words;
  const bar = box.querySelector("progress");
  if (job.total || job.state === "done") {
    bar.max = job.total || 1;
    bar.value = job.state === "done" ? bar.max : job.done;
  }
  bar.hidden = job.state === "failed" || job.state === "cancelled";
  box.querySelector("[data-job-result]").hidden = !job.file;
  for (const note of box.parentElement.querySelectorAll("[data-job-while]")) note.hidden = job.over;
  for (const note of box.parentElement.querySelectorAll("[data-job-after]")) note.hidden = !job.file;
}

async function follow(box) {
  const said = wordsOf(box);
  let wait = FIRST;
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, wait));
    wait = Math.min(LONGEST, wait * 1.3);
    if (document.hidden) continue;
    try {
      const answer = await fetch(box.dataset.job, { headers: { Accept: "application/json" } });
      if (answer.status === 401 || answer.status === 404) return location.reload();
      if (!answer.ok) continue;
      const job = await answer.json();
      paint(box, job, said);
      if (job.over && box.closest("[data-reload-when-over]")) return location.reload();
      if (job.over) return box.dispatchEvent(new CustomEvent("job-over", { bubbles: true, detail: job }));
    } catch {
      // the network is away; the next round asks again
    }
  }
}

for (const box of document.querySelectorAll("[data-job]:not([data-over])")) follow(box);
