// One's own microphone, camera and screen: which are on, and which device they are.

export class Devices {
  /** $: finds the elements of the bar. changed: is called when other tracks are to be sent. */
  constructor($, changed) {
    Object.assign(this, { $, changed, mic: null, camera: null, screen: null });
    $("mic").addEventListener("click", () => this.switchMic());
    $("camera").addEventListener("click", () => this.switchCamera());
    $("screen").addEventListener("click", () => this.switchScreen());
    $("mics").addEventListener("change", () => this.openMic().catch(() => {}));
    $("cameras").addEventListener("change", () => this.camera && this.openCamera().catch(() => {}));
    $("speakers").addEventListener("change", () => document.querySelectorAll("video").forEach((one) => this.playOn(one)));
    $("speakers-field").hidden = !("setSinkId" in HTMLMediaElement.prototype);
    $("screen").hidden = !navigator.mediaDevices?.getDisplayMedia;
  }

  /** Open the microphone, and the camera if wanted. Gives what is wrong, in a sentence; one can be in a call without. */
  async open(withVideo) {
    if (!navigator.mediaDevices) return "This address is not safe (HTTPS), so the browser gives no microphone. You can listen and watch.";
    let problem = "";
    try {
      await this.openMic();
    } catch {
      problem = "There is no microphone, or the browser may not use it. You can listen and watch.";
    }
    if (withVideo) {
      try {
        await this.openCamera();
      } catch {
        problem ||= "There is no camera, or the browser may not use it.";
      }
    }
    await this.list();
    this.show();
    return problem;
  }

  async openMic() {
    const wanted = this.$("mics").value;
    const stream = await navigator.mediaDevices.getUserMedia({ audio: { deviceId: wanted ? { exact: wanted } : undefined, echoCancellation: true, noiseSuppression: true } });
    const wasOn = this.mic ? this.mic.enabled : true;
    this.mic?.stop();
    [this.mic] = stream.getAudioTracks();
    this.mic.enabled = wasOn;
    this.measure();
    await this.update();
  }

  async openCamera() {
    const wanted = this.$("cameras").value;
    const stream = await navigator.mediaDevices.getUserMedia({ video: { deviceId: wanted ? { exact: wanted } : undefined, width: { ideal: 640 }, height: { ideal: 360 }, frameRate: { max: 30 } } });
    this.camera?.stop();
    [this.camera] = stream.getVideoTracks();
    await this.update();
  }

  async switchMic() {
    if (this.mic) this.mic.enabled = !this.mic.enabled;
    else await this.openMic().catch(() => {});
    await this.update();
  }

  async switchCamera() {
    if (this.camera) {
      this.camera.stop();
      this.camera = null;
      await this.update();
    } else await this.openCamera().catch(() => {});
    await this.list();
  }

  async switchScreen() {
    if (this.screen) return this.endScreen();
    const stream = await navigator.mediaDevices.getDisplayMedia({ video: true }).catch(() => null);
    if (!stream) return null;
    [this.screen] = stream.getVideoTracks();
    this.screen.addEventListener("ended", () => this.endScreen());
    return this.update();
  }

  endScreen() {
    this.screen?.stop();
    this.screen = null;
    return this.update();
  }

  async list() {
    const found = await navigator.mediaDevices.enumerateDevices();
    const kinds = { mics: "audioinput", cameras: "videoinput", speakers: "audiooutput" };
    for (const [id, kind] of Object.entries(kinds)) {
      const chosen = this.$(id).value;
      const named = found.filter((one) => one.kind === kind && one.deviceId);
      this.$(id).replaceChildren(...named.map((one, number) => new Option(one.label || `Device ${number + 1}`, one.deviceId)));
      if (named.some((one) => one.deviceId === chosen)) this.$(id).value = chosen;
    }
  }

  playOn(video) {
    const wanted = this.$("speakers").value;
    if (wanted && video.setSinkId && !video.muted) video.setSinkId(wanted).catch(() => {});
  }

  tracks() {
    return { audio: this.mic, video: this.screen ?? this.camera };
  }

  state() {
    return { mic: Boolean(this.mic?.enabled), picture: Boolean(this.screen ?? this.camera), screen: Boolean(this.screen) };
  }

  picture() {
    const track = this.screen ?? this.camera;
    return track ? new MediaStream([track]) : null;
  }

  measure() {
    this.sound?.close();
    this.sound = new AudioContext();
    this.meter = this.sound.createAnalyser();
    this.meter.fftSize = 512;
    this.sound.createMediaStreamSource(new MediaStream([this.mic])).connect(this.meter);
  }

  /** How loud one is oneself, from 0 to 1. */
  loudness() {
    if (!this.meter || !this.mic?.enabled) return 0;
    const samples = new Float32Array(this.meter.fftSize);
    this.meter.getFloatTimeDomainData(samples);
    return Math.sqrt(samples.reduce((sum, one) => sum + one * one, 0) / samples.length);
  }

  show() {
    const { mic, screen } = this.state();
    this.$("mic").setAttribute("aria-pressed", String(mic));
    this.$("mic").textContent = mic ? "Microphone on" : "Microphone off";
    this.$("camera").setAttribute("aria-pressed", String(Boolean(this.camera)));
    this.$("camera").textContent = this.camera ? "Camera on" : "Camera off";
    this.$("screen").setAttribute("aria-pressed", String(screen));
    this.$("screen").textContent = screen ? "Stop sharing" : "Share screen";
  }

  async update() {
    this.show();
    await this.changed();
  }

  close() {
    for (const track of [this.mic, this.camera, this.screen]) track?.stop();
    this.sound?.close();
    Object.assign(this, { mic: null, camera: null, screen: null, sound: null, meter: null });
    this.show();
  }
}
