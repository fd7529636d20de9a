// Live streams for pages: one connection per browser, shared by its tabs.
//
//   import { listen } from "./live.js";
//   const stop = listen("polls.results:7", cursor, (event) => draw(event.data), {
//     onState: (state, seconds) => {},  // "connecting", "live", or "waiting" (so many seconds; null: until online)
//     onReset: () => {},                // events were missed that cannot be replayed: load the snapshot again
//     onCut: () => {},                  // the right to this topic has ended
//   });
//
// `since` is the cursor that came with the page's snapshot; events after it are delivered in order, each once.
// The tab that holds the lock leads: it keeps the connection for the topics of all tabs and tells them over a
// BroadcastChannel. Without locks (no secure context) each tab leads itself.
"use strict";

const NAME = "doorward-live";
const FIRST_WAIT = 1000;
const LONGEST_WAIT = 30000;
const GATHER = 50;
const ANSWER_WITHIN = 2000;
const PRUNE_EVERY = 30000;

const me = Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join("");
const shared = Boolean(navigator.locks) && typeof BroadcastChannel === "function";

/** What this tab listens to: {topic, seen, onEvent, onState, onReset, onCut}. */
const wishes = new Set();
let channel = null;
let leader = null;
let leave = null;
let state = ["connecting", null];
let heardFromLeader = 0;

/**
 * Follow a topic.
 * @param {string} topic
 * @param {string} since the cursor of the page's snapshot, or "" for whatever comes from now on
 * @param {(event: {topic: string, type: string, data: any}) => void} onEvent
 * @param {{onState?: Function, onReset?: Function, onCut?: Function}} [more]
 * @returns {() => void} ends it
 */
export function listen(topic, since, onEvent, more = {}) {
  const wish = { ...more, topic, seen: since || "", onEvent };
  wishes.add(wish);
  join();
  tell({ kind: "want", tab: me, topics: { [topic]: wish.seen } });
  wish.onState?.(...state);
  return () => {
    wishes.delete(wish);
    if (!wishes.size) leave?.();
    else if (![...wishes].some((other) => other.topic === topic)) tell({ kind: "drop", tab: me, topic });
  };
}

// --- between the tabs ---

function join() {
  if (leave) return;
  const leaving = new AbortController();
  const left = new Promise((resolve) => leaving.signal.addEventListener("abort", resolve));
  leave = () => {
    leave = null;
    tell({ kind: "gone", tab: me });
    stopLeading();
    leaving.abort();
    channel?.close();
    channel = null;
  };
  if (!shared) {
    lead();
    return;
  }
  channel = new BroadcastChannel(NAME);
  channel.onmessage = ({ data }) => take(data);
  // A tab that crashed no longer holds its own lock: so the leader learns that its topics are not wanted any more.
  navigator.locks.request(`${NAME}-${me}`, () => left).catch(stopLeading);
  navigator.locks.request(NAME, { signal: leaving.signal }, () => leadUntil(left)).catch(stopLeading);
}

function leadUntil(left) {
  lead();
  return left;
}

function lead() {
  leader = makeLeader();
  tell({ kind: "who" });
}

/** Also when another tab has taken the lock away. */
function stopLeading() {
  leader?.end();
  leader = null;
}

/** A leader that the system has frozen answers nobody; the tab that is looked at takes over. */
function checkLeader() {
  if (!leave || leader || !shared || document.visibilityState !== "visible") return;
  const asked = Date.now();
  channel.postMessage({ kind: "ping" });
  setTimeout(() => {
    if (!leave || leader || heardFromLeader >= asked) return;
    const left = new Promise((resolve) => addEventListener("pagehide", resolve, { once: true }));
    navigator.locks.request(NAME, { steal: true }, () => leadUntil(left)).catch(stopLeading);
  }, ANSWER_WITHIN);
}

/** To every tab, this one included. */
function tell(message) {
  channel?.postMessage(message);
  take(message);
}

function take(message) {
  onMessage[message.kind]?.(message);
}

const onMessage = {
  who: () => {
    const topics = Object.create(null);
    for (const { topic, seen } of wishes) topics[topic] = topic in topics ? older(topics[topic], seen) : seen;
    const answer = { kind: "want", tab: me, topics };
    if (leader) take(answer);
    else channel?.postMessage(answer);
  },
  want: ({ tab, topics }) => leader?.want(tab, topics),
  drop: ({ tab, topic }) => leader?.drop(tab, topic),
  gone: ({ tab }) => leader?.gone(tab),
  ping: () => leader?.answer(),
  state: ({ now }) => {
    heardFromLeader = Date.now();
    state = now;
    for (const wish of wishes) wish.onState?.(...now);
  },
  begun: ({ topic, cursor }) => {
    for (const wish of wishes) if (wish.topic === topic) wish.seen ||= cursor;
  },
  event: ({ id, event }) => {
    heardFromLeader = Date.now();
    for (const wish of [...wishes]) {
      if (wish.topic !== event.topic || !isAfter(id, wish.seen)) continue;
      wish.seen = id;
      wish.onEvent(event);
    }
  },
  reset: ({ topic, cursor }) => {
    for (const wish of [...wishes]) {
      if (wish.topic !== topic) continue;
      wish.seen = cursor;
      wish.onReset?.();
    }
  },
  cut: ({ topic }) => {
    for (const wish of [...wishes]) {
      if (wish.topic !== topic) continue;
      wishes.delete(wish);
      wish.onCut?.();
    }
  },
};

// --- cursors: "epoch:number" ---

function parse(cursor) {
  const [epoch, number] = cursor.split(":");
  return { epoch, number: Number(number) };
}

/** Whether an event is new to somebody who stands at `seen`. Another epoch is another life of the server. */
function isAfter(id, seen) {
  const event = parse(id);
  const place = parse(seen);
  return event.epoch !== place.epoch || event.number > place.number;
}

/** The place to replay from, for two who stand at different ones. No cursor asks for no replay. */
function older(one, other) {
  if (!one || !other) return one || other;
  return isAfter(one, other) ? other : one;
}

// --- the leader: the connection ---

function makeLeader() {
  const wanted = new Map(); // the topics that each tab wants
  const places = Object.create(null); // where the connection stands on each topic
  let source = null;
  let hello = "";
  let failures = 0;
  let gathering = 0;
  let waiting = 0;

  const say = (...now) => tell({ kind: "state", now });

  function want(tab, topics) {
    const names = wanted.get(tab) ?? new Set();
    wanted.set(tab, names);
    let behind = false;
    for (const [topic, since] of Object.entries(topics)) {
      names.add(topic);
      if (topic in places && (!since || !isAfter(places[topic], since))) {
        if (!since) tell({ kind: "begun", topic, cursor: places[topic] });
        continue;
      }
      places[topic] = since;
      behind = true;
    }
    if (behind) reconnectSoon();
    else say(...state);
  }

  function drop(tab, topic) {
    wanted.get(tab)?.delete(topic);
    dropUnwanted();
  }

  function gone(tab) {
    wanted.delete(tab);
    dropUnwanted();
  }

  function dropUnwanted() {
    const still = new Set([...wanted.values()].flatMap((names) => [...names]));
    const unwanted = Object.keys(places).filter((topic) => !still.has(topic));
    for (const topic of unwanted) delete places[topic];
    if (unwanted.length) reconnectSoon();
  }

  /** The connection is given up at once, so that nothing it still brings moves a place that was just set back. */
  function reconnectSoon() {
    if (waiting) return;
    disconnect();
    gathering = setTimeout(connect, GATHER);
  }

  function connect() {
    disconnect();
    const topics = Object.keys(places).sort();
    if (!topics.length) return;
    if (navigator.onLine === false) {
      say("waiting", null);
      return;
    }
    const query = new URLSearchParams();
    for (const topic of topics) {
      query.append("topic", topic);
      query.append("since", places[topic]);
    }
    say("connecting", null);
    source = new EventSource(`/live?${query}`);
    source.addEventListener("hello", ({ data }) => greeted(JSON.parse(data)));
    source.addEventListener("reset", ({ data }) => missed(JSON.parse(data)));
    source.addEventListener("cut", ({ data }) => taken(JSON.parse(data)));
    source.addEventListener("bye", ({ data }) => comeBack(JSON.parse(data)));
    source.onmessage = ({ data, lastEventId }) => arrived(JSON.parse(data), lastEventId);
    source.onerror = () => wait(Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** failures++) * (0.5 + Math.random() / 2));
  }

  function disconnect() {
    clearTimeout(gathering);
    clearTimeout(waiting);
    gathering = waiting = 0;
    source?.close();
    source = null;
  }

  /** A topic that was asked for and is not carried is not (any more) for us. */
  function greeted({ cursor, topics }) {
    failures = 0;
    hello = cursor;
    for (const topic of Object.keys(places)) if (!topics.includes(topic)) taken({ topic });
    for (const topic of Object.keys(places)) {
      if (!places[topic]) tell({ kind: "begun", topic, cursor });
      places[topic] ||= cursor;
    }
    say("live", null);
  }

  function missed({ topic }) {
    places[topic] = hello;
    tell({ kind: "reset", topic, cursor: hello });
  }

  function taken({ topic }) {
    delete places[topic];
    for (const names of wanted.values()) names.delete(topic);
    tell({ kind: "cut", topic });
  }

  /** Numbers rise over all topics: whoever has one event has everything before it, whatever its topic. */
  function arrived(event, id) {
    for (const topic of Object.keys(places)) if (isAfter(id, places[topic])) places[topic] = id;
    tell({ kind: "event", id, event });
  }

  function comeBack({ after, spread }) {
    wait(after + Math.random() * spread);
  }

  function wait(milliseconds) {
    disconnect();
    const until = Date.now() + milliseconds;
    const tick = () => {
      const left = until - Date.now();
      if (left <= 0) {
        connect();
        return;
      }
      waiting = setTimeout(tick, Math.min(1000, left));
      say("waiting", Math.ceil(left / 1000));
    };
    tick();
  }

  async function prune() {
    if (!shared) return;
    const { held } = await navigator.locks.query();
    const alive = new Set(held.map(({ name }) => name));
    for (const tab of [...wanted.keys()]) if (!alive.has(`${NAME}-${tab}`)) gone(tab);
  }

  const online = () => {
    failures = 0;
    connect();
  };
  const offline = () => {
    disconnect();
    say("waiting", null);
  };
  const looked = () => {
    if (waiting && document.visibilityState === "visible") connect();
  };
  const pruning = setInterval(prune, PRUNE_EVERY);
  addEventListener("online", online);
  addEventListener("offline", offline);
  document.addEventListener("visibilitychange", looked);

  return {
    want,
    drop,
    gone,
    answer: () => say(...state),
    end() {
      clearInterval(pruning);
      removeEventListener("online", online);
      removeEventListener("offline", offline);
      document.removeEventListener("visibilitychange", looked);
      disconnect();
    },
  };
}

// A page that is put aside gives up its place, and comes back to it when it is shown again.
addEventListener("pagehide", () => leave?.());
addEventListener("pageshow", ({ persisted }) => {
  if (!persisted || !wishes.size) return;
  join();
  onMessage.who();
});
document.addEventListener("visibilitychange", checkLeader);
