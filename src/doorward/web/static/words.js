// What a script says, in the language of its page: `data-words` of a box has texts by the English ones (script_words.py).
// `%(name)s` in both stands for a value; a sentence that is not there is said as it is. Where these are values, they are numbers:
// or "1 of 2." would be known again in any sentence with "of".
const NUMBERS = new Set(["all", "count", "done", "failed", "share", "total"]);

/** A function from an English sentence to what is said here. */
export function wordsOf(box) {
  const words = JSON.parse(box.dataset.words || "{}");
  const patterns = Object.entries(words).filter(([text]) => text.includes("%(")).map(([text, other]) => {
    const between = text.split(/%\((\w+)\)s/);
    const parts = between.map((part, place) => (place % 2 ? `(?<${part}>${NUMBERS.has(part) ? "\\d[\\d.,]*" : ".+?"})` : part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")));
    return [new RegExp(`^${parts.join("")}$`, "su"), other, text.length];
  });
  patterns.sort((one, two) => two[2] - one[2]);
  return (text) => {
    if (Object.hasOwn(words, text)) return words[text];
    for (const [pattern, other] of patterns) {
      const found = pattern.exec(text);
      if (found) return other.replace(/%\((\w+)\)s/g, (_, name) => found.groups[name]);
    }
    return text;
  };
}
