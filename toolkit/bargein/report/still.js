// Answers a timeline in place of the kernel, from what stands in the page; `timeline` is the widget's script above.
// Nothing is computed here that is shown, and nothing is fetched: the page works from a disk, without a network.

const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
const NO_KERNEL = "this page has no kernel: labels are made in a notebook, with bi.widgets.Timeline";

class Still {
  constructor(data, id) {
    this.model_id = id;
    this.told = data.told;
    this.flac = data.sound;
    this.state = { ...data.state };
    for (const name of ["overview_data", "marks_data"]) this.state[name] = bytes(data.state[name]);
    this.listeners = {};
  }
  get(name) { return this.state[name]; }
  set(name, value) {
    this.state[name] = value;
    this.emit(`change:${name}`);
  }
  save_changes() {}
  on(name, act) { (this.listeners[name] ??= []).push(act); }
  off(name, act) { this.listeners[name] = (this.listeners[name] ?? []).filter((other) => other !== act); }
  emit(name, ...what) { for (const act of this.listeners[name] ?? []) act(...what); }
  reply(message, ...buffers) { this.emit("msg:custom", message, buffers); }
  send(asked) { setTimeout(() => this.answer(asked)); } // as a kernel: later
  answer(asked) {
    if (asked.ask === "more") this.reply({ is: "more", what: asked.what });
    if (asked.ask === "tell") this.reply({ is: "told", what: asked.what, text: this.tell(asked.what) });
    if (asked.ask === "sound") this.sound(asked);
    if (asked.ask === "label" || asked.ask === "save") this.set("says", NO_KERNEL);
    // a finer outline ("window") is not there: the one that is goes on being drawn
  }
  tell(what) {
    const [lane, from, to] = what;
    if (lane === "span") return `${from} to ${to} ms: ${to - from} ms`;
    return this.told[what.join()] ?? "the text of this event is not in the page";
  }
  async sound({ run, start, ms }) {
    const rate = this.state.facts.rate;
    this.decoded ??= new OfflineAudioContext(2, 1, rate).decodeAudioData(bytes(this.flac).buffer);
    const whole = await this.decoded;
    const sides = [0, 1].map((n) => whole.getChannelData(Math.min(n, whole.numberOfChannels - 1)));
    const first = Math.round((start * rate) / 1000), count = Math.max(Math.min(Math.round((ms * rate) / 1000), whole.length - first), 0);
    const piece = new Int16Array(2 * count);
    for (let i = 0; i < count; i++) for (const n of [0, 1]) piece[2 * i + n] = Math.max(-32768, Math.min(32767, Math.round(32768 * sides[n][first + i])));
    this.reply({ is: "sound", run, start, ms }, new DataView(piece.buffer));
  }
}

for (const place of document.querySelectorAll("[data-still]")) {
  const data = JSON.parse(document.getElementById(place.dataset.still).textContent);
  timeline.render({ model: new Still(data, place.dataset.still), el: place });
  place.dataset.drawn = "there";
}
