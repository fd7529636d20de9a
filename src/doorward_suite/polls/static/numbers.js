// What a question's tallies say: the same as bars.py on the server.
const SIZES = 6;

export function rows({ kind, options }, { counts, respondents }) {
  const ranked = kind === "ranking";
  const everybody = (respondents || 1) * (ranked ? options.length : 1);
  return options.map(({ key }) => {
    const count = counts[key] ?? 0;
    const place = count ? `place ${(options.length + 1 - count / respondents).toFixed(1)}` : "–";
    return { key, count, share: count / everybody, said: ranked ? place : "" };
  });
}

function average({ kind, least, decimals, unit }, { counts, respondents }) {
  if (!respondents) return "";
  if (kind === "rating") {
    const total = Object.entries(counts).reduce((sum, [key, count]) => sum + Number(key) * count, 0);
    return ` Average: ${(total / respondents).toFixed(1)}.`;
  }
  if (kind !== "number") return "";
  const mean = Number(least) + counts.sum / 10 ** decimals / respondents;
  return ` Average: ${mean.toFixed(decimals + 1)}${unit && ` ${unit}`}.`;
}

export function answered(question, tally) {
  const revealed = question.kind === "number" && question.right[0] ? ` Right: ${question.right[0]}.` : "";
  if (tally.respondents === 0) return `Nobody has answered yet.${revealed}`;
  return (tally.respondents > 1 ? `${tally.respondents} answered.` : "1 person answered.") + average(question, tally) + revealed;
}

export function sized(words) {
  const most = Math.max(1, ...words.map(({ count }) => count));
  return words.map(({ text, count }) => ({ text, count, size: 1 + Math.floor(((SIZES - 1) * (count - 1)) / Math.max(1, most - 1)) }));
}
