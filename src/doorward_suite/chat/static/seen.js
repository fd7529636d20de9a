// Who has read one's last message: one line under it, kept true as people read.
const MOST_NAMES = 3;
const names = new Intl.ListFormat("en-GB");

/**
 * @param {HTMLElement} list the messages of the room
 * @param {import("./people.js").People} people
 * @param {string} me
 * @returns {() => void} to be called when there is another last message, or somebody read
 */
export function seenUnderLast(list, people, me) {
  const line = document.createElement("p");
  line.className = "msg-seen small muted";
  return () => {
    const last = [...list.querySelectorAll(":scope > .msg.own[data-id]")].at(-1);
    const by = last ? people.readBy(Number(last.dataset.id), [me]) : [];
    line.textContent = by.length > MOST_NAMES ? `Read by ${by.length} people` : `Read by ${names.format(by)}`;
    line.title = by.length > MOST_NAMES ? by.join(", ") : "";
    if (!by.length) line.remove();
    else if (line.parentElement !== last) last.append(line);
  };
}
