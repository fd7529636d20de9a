// Moves the bars of a chart made by doorward/_charts.html, and the table behind it.
// rows: [{ key, count, share, said }] with share from 0 to 1, and what is said in its place if anything; rows that the chart does not know are left alone.
export function paintBars(figure, rows) {
  for (const { key, count, share, said } of rows) {
    const width = `${Math.min(100, Math.max(0, share * 100)).toFixed(2)}%`;
    const percent = said || `${Math.round(share * 100)} %`;
    for (const row of figure.querySelectorAll("[data-key]")) {
      if (row.dataset.key !== String(key)) continue;
      for (const rect of row.querySelectorAll("rect")) rect.setAttribute("width", width);
      for (const cell of row.querySelectorAll("[data-count]")) cell.textContent = String(count);
      for (const cell of row.querySelectorAll("[data-share]")) cell.textContent = percent;
    }
  }
}
