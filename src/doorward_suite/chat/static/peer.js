// One connection to one other person in a call. Of two people, always the same one offers, so that offers never cross.
const WAIT_FOR_ICE = 4000;
const AGAIN_EVERY = 6000;
const LOOK_AGAIN = 500;

/**
 * @param {object} other {account, name, page}
 * @param {object} given {me, ice(), say(account, messages), onStream(stream), onState(text), onWay(way), onSaid(state)};
 *   ice gives the configuration as it is now: what the server gives for a relay ends after some hours
 */
export class Peer {
  constructor(other, { me, ice, say, onStream, onState, onWay, onSaid }) {
    Object.assign(this, { other, say, ice, onStream, onState, onWay });
    this.offers = me > other.account;
    this.tracks = { audio: null, video: null };
    this.waiting = [];
    this.outgoing = [];
    this.order = Promise.resolve();
    this.stream = new MediaStream();
    this.pc = new RTCPeerConnection(ice());
    this.channel = this.pc.createDataChannel("state", { negotiated: true, id: 0 });
    this.channel.onmessage = ({ data }) => onSaid(read(data));
    this.channel.onopen = () => this.tell(this.state ?? {});
    this.pc.onicecandidate = ({ candidate }) => candidate && this.send({ candidate });
    this.pc.ontrack = ({ track }) => { this.stream.addTrack(track); onStream(this.stream); };
    this.pc.onconnectionstatechange = () => this.changed();
    if (this.offers) {
      this.senders = ["audio", "video"].map((kind) => this.pc.addTransceiver(kind, { direction: "sendrecv" }).sender);
    }
  }

  /** Begin; only who offers has something to do. */
  async start() {
    if (this.offers) await this.offer(false);
  }

  async offer(again) {
    if (again) this.pc.setConfiguration(this.ice());
    const description = await this.pc.createOffer({ iceRestart: again });
    await this.pc.setLocalDescription(description);
    this.send({ description: this.pc.localDescription });
  }

  /** What the other's browser says, one after the other. */
  hear(messages) {
    for (const message of messages) {
      this.order = this.order.then(() => this.take(message)).catch(() => this.onState("connecting again"));
    }
  }

  async take({ description, candidate, again }) {
    if (again && this.offers) await this.offer(true);
    if (description) {
      await this.pc.setRemoteDescription(description);
      for (const one of this.waiting.splice(0)) await this.pc.addIceCandidate(one);
      if (description.type === "offer") await this.answer();
    }
    if (candidate) {
      if (this.pc.remoteDescription) await this.pc.addIceCandidate(candidate);
      else this.waiting.push(candidate);
    }
  }

  async answer() {
    this.pc.setConfiguration(this.ice());
    const [audio, video] = this.pc.getTransceivers();
    for (const one of [audio, video]) one.direction = "sendrecv";
    this.senders = [audio.sender, video.sender];
    await this.show(this.tracks);
    await this.pc.setLocalDescription(await this.pc.createAnswer());
    this.send({ description: this.pc.localDescription });
  }

  /** Send these tracks from now on; null for none. */
  async show({ audio, video }) {
    this.tracks = { audio, video };
    await this.senders?.[0].replaceTrack(audio);
    await this.senders?.[1].replaceTrack(video);
  }

  /** Say what one's microphone and camera do. */
  tell(state) {
    this.state = state;
    if (this.channel.readyState === "open") this.channel.send(JSON.stringify(state));
  }

  /** What happens close together goes together, and in its order. */
  send(message) {
    this.outgoing.push(message);
    if (this.sending) return;
    this.sending = new Promise((resolve) => setTimeout(resolve, 20)).then(async () => {
      while (this.outgoing.length) await this.say(this.other.account, this.outgoing.splice(0, 20));
      this.sending = null;
    });
  }

  changed() {
    const state = this.pc.connectionState;
    clearTimeout(this.patience);
    this.onState({ connected: "", failed: "connecting again", disconnected: "connecting again", new: "connecting", connecting: "connecting" }[state] ?? "");
    if (state === "failed") this.again();
    if (state === "disconnected") this.patience = setTimeout(() => this.again(), WAIT_FOR_ICE);
    if (state === "connected") this.look();
  }

  /** Begin anew, and go on trying: what is said while the network is away is lost. */
  again() {
    if (["connected", "closed"].includes(this.pc.connectionState)) return;
    clearTimeout(this.patience);
    this.patience = setTimeout(() => this.again(), AGAIN_EVERY);
    if (this.offers) this.order = this.order.then(() => this.offer(true)).catch(() => {});
    else this.send({ again: true });
  }

  /** Tell whether the two meet directly or at a relay; the browser may know that a moment later than that they meet. */
  async look() {
    clearTimeout(this.looking);
    const found = [...(await this.pc.getStats()).values()];
    const pair = found.find((one) => one.type === "candidate-pair" && one.state === "succeeded" && one.nominated);
    const ends = found.filter((one) => one.id === pair?.localCandidateId || one.id === pair?.remoteCandidateId);
    if (pair) this.onWay(ends.some((one) => one.candidateType === "relay") ? "relayed" : "direct");
    else if (this.pc.connectionState === "connected") this.looking = setTimeout(() => this.look(), LOOK_AGAIN);
  }

  /** How loud the other is, from 0 to 1. */
  loudness() {
    const heard = this.pc.getReceivers().find((one) => one.track.kind === "audio");
    return heard?.getSynchronizationSources()[0]?.audioLevel ?? 0;
  }

  close() {
    clearTimeout(this.patience);
    clearTimeout(this.looking);
    this.pc.close();
  }
}

function read(text) {
  try {
    const found = JSON.parse(text);
    return { mic: Boolean(found.mic), picture: Boolean(found.picture), screen: Boolean(found.screen) };
  } catch {
    return { mic: false, picture: false, screen: false };
  }
}
