// ---- sound, streamed in pieces; left the user, right what was heard
// Of several lanes one sounds. Another one that is chosen takes over at the same instant: the old one goes on until the
// first piece of the new one is there, which begins where the playhead will be by then.
class Player {
  constructor(desk) { Object.assign(this, { desk, run: 0, playing: false, from: 0, nodes: [], old: [] }); }
  start(at) {
    this.stop();
    this.context ??= new AudioContext({ sampleRate: clamp(this.desk.facts.rate, 8000, 96000) });
    this.context.resume();
    Object.assign(this, { playing: true, from: at, next: at, until: at, base: null, asked: false, run: this.run + 1 });
    this.pump();
  }
  stop() {
    if (this.playing) this.from = this.now();
    this.playing = false;
    for (const node of [...this.nodes, ...this.old]) node.stop();
    Object.assign(this, { nodes: [], old: [] });
  }
  choose() { // what the desk wants to hear has changed
    if (!this.playing || this.base === null) { if (this.playing) this.start(this.from); return; }
    Object.assign(this, { old: [...this.old, ...this.nodes], nodes: [], next: Math.round(this.now() + TAKEOVER), asked: false, run: this.run + 1 });
    this.pump();
  }
  now() {
    if (!this.playing || this.base === null) return this.from;
    return clamp(this.from + (this.context.currentTime - this.base) * 1000, this.from, this.until);
  }
  pump() {
    if (!this.playing || this.asked || this.next >= this.desk.length || this.next - this.now() > AHEAD) return;
    this.asked = true;
    const ms = this.base === null || this.old.length ? 1500 : PIECE;
    this.desk.ask({ ask: "sound", run: this.run, which: this.desk.hearing, start: Math.round(this.next), ms });
  }
  take(piece, data) {
    if (piece.run !== this.run || !this.playing) return;
    const raw = bytesOf(data), pcm = new Int16Array(raw.slice().buffer), n = pcm.length >> 1;
    this.asked = false;
    if (n) {
      const sound = this.context.createBuffer(2, n, this.desk.facts.rate);
      const sides = [sound.getChannelData(0), sound.getChannelData(1)];
      for (let i = 0; i < n; i++) { sides[0][i] = pcm[2 * i] / 32768; sides[1][i] = pcm[2 * i + 1] / 32768; }
      const soon = this.context.currentTime + 0.05, takeover = this.old.length > 0;
      this.base ??= soon;
      const when = this.base + (piece.start - this.from) / 1000, late = Math.max(soon - when, 0);
      if (late && !takeover) this.base += late; // the piece came late: everything after it is later, too
      for (const node of this.old) node.stop(when + late);
      this.old = [];
      const node = this.context.createBufferSource();
      node.buffer = sound; node.connect(this.context.destination); node.start(when + late, takeover ? late : 0);
      this.nodes.push(node);
      node.onended = () => { this.nodes = this.nodes.filter((other) => other !== node); };
    }
    this.next = this.until = piece.start + piece.ms;
    this.pump();
  }
  close() { this.stop(); this.context?.close(); }
}
