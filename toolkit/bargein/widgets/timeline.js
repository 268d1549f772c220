// The page's side of bargein.widgets.Timeline: draws what the kernel packed, plays what it sends, asks for more.
// It computes nothing that is shown: times, texts, outlines and labels all come from Python. Text from data is set as
// text (textContent, fillText), never as markup.

// ---- tables
const GUTTER = 132, RIGHT = 10, AXIS = 22, GAP = 5;
const HEIGHTS = { user: 62, generated: 40, heard: 74, score: 58, events: 62, findings: 24 };
const LABEL_ROW = 17;
const NOTHING = -128, FULL = 127;
const SHORTEST_VIEW = 50; // ms
const PIECE = 4000, AHEAD = 5000; // ms of sound asked for at once, and held ahead of the playhead
const ORDER = ["arrived", "unheard", "user", "heard", "over", "leaked"]; // later ones are drawn over earlier ones
// Lines of marks, from the top: what the user did; what began and what was all sent; what was done; all the rest.
const LEVELS = {
  speech_started: 0.16, speech_stopped: 0.16, local_started: 0.16, local_stopped: 0.16,
  response_created: 0.42, audio_done: 0.42, response_done: 0.66, cut: 0.16, other: 0.9,
};
const SEVERITY = { error: "#D55E00", warning: "#E69F00", note: "#888888" };
const SPEECH = "#56B4E9"; // taken for speech: light, over a light or a dark page
const TITLES = { labels: "labels", score: "speech score", events: "events", findings: "findings" };

// What the keyboard does while the picture has the focus. The help line is made of this table.
const KEYS = [
  { keys: ["ArrowLeft", "ArrowRight"], shown: "← →", says: "pan (Shift: a screen)",
    act: (d, e) => d.pan((e.key === "ArrowLeft" ? -1 : 1) * (e.shiftKey ? 1 : 0.12) * d.span) },
  { keys: ["ArrowUp", "+", "="], shown: "↑ +", says: "zoom in", act: (d) => d.zoom(1 / 1.4) },
  { keys: ["ArrowDown", "-"], shown: "↓ −", says: "out", act: (d) => d.zoom(1.4) },
  { keys: ["0"], shown: "0", says: "all", act: (d) => d.look(0, d.length) },
  { keys: ["Home", "End"], shown: "Home End", says: "first, last screen",
    act: (d, e) => (e.key === "Home" ? d.look(0, d.span) : d.look(d.length - d.span, d.length)) },
  { keys: [" "], shown: "Space", says: "play, pause", act: (d) => d.toggle() },
  { keys: ["n", "p"], shown: "n p", says: "next, previous of the chosen lane", act: (d, e) => d.step(e.key === "n" ? 1 : -1) },
  { keys: ["a"], shown: "a", says: "add a label", act: (d) => d.addLabel() },
  { keys: ["k"], shown: "k", says: "its next kind", act: (d) => d.nextKind() },
  { keys: [",", ".", "<", ">", ";", ":"], shown: ", .", says: "move it 10 ms (Shift: its end)",
    act: (d, e) => d.nudge(",<;".includes(e.key) ? -10 : 10, "<>;:".includes(e.key)) },
  { keys: ["Delete", "Backspace"], shown: "Del", says: "remove it", act: (d) => d.removeLabel() },
  { keys: ["Escape"], shown: "Esc", says: "select nothing", act: (d) => d.pick([]) },
];
const MOUSE = "Wheel zooms once the picture has the focus (Shift: pans) · drag pans · click selects · drag in the label "
  + "row draws, moves or resizes a label · Shift+drag marks a stretch";

// ---- small things
const clamp = (x, lo, hi) => Math.min(Math.max(x, lo), hi);
const bytesOf = (v) => (v ? (v instanceof ArrayBuffer ? new Uint8Array(v) : new Uint8Array(v.buffer, v.byteOffset, v.byteLength)) : new Uint8Array());
const signed = (v) => { const b = bytesOf(v); return new Int8Array(b.buffer, b.byteOffset, b.byteLength); };

function make(tag, props = {}, ...children) {
  const { dataset, style, ...rest } = props;
  const node = Object.assign(document.createElement(tag), rest);
  Object.assign(node.dataset, dataset ?? {});
  Object.assign(node.style, style ?? {});
  node.append(...children);
  return node;
}

function clock(ms, step) {
  const s = Math.abs(ms) / 1000, minutes = Math.floor(s / 60), digits = step < 10 ? 3 : step < 100 ? 2 : step < 1000 ? 1 : 0;
  return `${minutes}:${(s - 60 * minutes).toFixed(digits).padStart(digits ? 3 + digits : 2, "0")}`;
}

function tickStep(span, width) {
  const wanted = (span * 84) / width;
  for (const base of [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 15e3, 3e4, 6e4, 12e4, 3e5, 6e5]) if (base >= wanted) return base;
  return 18e5;
}

function firstAt(times, t) { // index of the first time >= t
  let lo = 0, hi = times.length;
  while (lo < hi) { const mid = (lo + hi) >> 1; if (times[mid] < t) lo = mid + 1; else hi = mid; }
  return lo;
}

function shape(c, marker, x, y, r, look) {
  c.beginPath();
  if (marker === ">" || marker === "<") {
    const d = marker === ">" ? r : -r;
    c.moveTo(x - d * 0.8, y - r); c.lineTo(x + d, y); c.lineTo(x - d * 0.8, y + r); c.closePath();
  } else if (marker === "o") c.arc(x, y, r * 0.85, 0, 7);
  else if (marker === "D") { c.moveTo(x, y - r); c.lineTo(x + r, y); c.lineTo(x, y + r); c.lineTo(x - r, y); c.closePath(); }
  else if (marker === "s") c.rect(x - r * 0.8, y - r * 0.8, r * 1.6, r * 1.6);
  else { c.moveTo(x - r, y - r); c.lineTo(x + r, y + r); c.moveTo(x + r, y - r); c.lineTo(x - r, y + r); }
  c.fillStyle = c.strokeStyle = look.colour;
  c.lineWidth = marker === "X" ? 2.6 : 1.5;
  if (look.filled && marker !== "X") c.fill(); else c.stroke();
}

// ---- sound, streamed in pieces; left the user, right what was heard
class Player {
  constructor(desk) { Object.assign(this, { desk, run: 0, playing: false, from: 0 }); }
  start(at) {
    this.stop();
    this.context ??= new AudioContext({ sampleRate: clamp(this.desk.facts.rate, 8000, 96000) });
    this.context.resume();
    Object.assign(this, { playing: true, from: at, next: at, base: null, asked: false, nodes: [], run: this.run + 1 });
    this.pump();
  }
  stop() {
    if (this.playing) this.from = this.now();
    this.playing = false;
    for (const node of this.nodes ?? []) node.stop();
    this.nodes = [];
  }
  now() {
    if (!this.playing || this.base === null) return this.from;
    return clamp(this.from + (this.context.currentTime - this.base) * 1000, this.from, this.next);
  }
  pump() {
    if (!this.playing || this.asked || this.next >= this.desk.length || this.next - this.now() > AHEAD) return;
    this.asked = true;
    this.desk.ask({ ask: "sound", run: this.run, start: Math.round(this.next), ms: this.base === null ? 1500 : PIECE });
  }
  take(piece, data) {
    if (piece.run !== this.run || !this.playing) return;
    const raw = bytesOf(data), pcm = new Int16Array(raw.slice().buffer), n = pcm.length >> 1;
    this.asked = false;
    if (n) {
      const sound = this.context.createBuffer(2, n, this.desk.facts.rate);
      const sides = [sound.getChannelData(0), sound.getChannelData(1)];
      for (let i = 0; i < n; i++) { sides[0][i] = pcm[2 * i] / 32768; sides[1][i] = pcm[2 * i + 1] / 32768; }
      const soon = this.context.currentTime + 0.05;
      this.base ??= soon;
      const when = this.base + (piece.start - this.from) / 1000;
      if (when < soon) this.base += soon - when; // the piece came late: everything after it is later, too
      const node = this.context.createBufferSource();
      node.buffer = sound; node.connect(this.context.destination); node.start(Math.max(when, soon));
      this.nodes.push(node);
      node.onended = () => { this.nodes = this.nodes.filter((other) => other !== node); };
    }
    this.next = piece.start + piece.ms;
    this.pump();
  }
  close() { this.stop(); this.context?.close(); }
}

// ---- the desk
class Desk {
  constructor(model, el) {
    Object.assign(this, { model, el, told: new Map(), waiting: false, detail: null, hovered: null, drag: null, focused: false });
    this.facts = model.get("facts");
    this.length = this.facts.length_ms;
    [this.start, this.end] = model.get("view");
    this.player = new Player(this);
    this.build();
    this.take();
    this.listen();
    this.resize();
    this.ask({ ask: "more", what: "scores" });
    this.ask({ ask: "more", what: "findings" });
  }

  get span() { return this.end - this.start; }
  get width() { return Math.max(this.w - GUTTER - RIGHT, 50); }
  get playhead() { return this.player.playing ? this.player.now() : this.model.get("playhead"); }
  x(t) { return GUTTER + ((t - this.start) / this.span) * this.width; }
  t(x) { return this.start + ((x - GUTTER) / this.width) * this.span; }
  ask(message) { this.model.send(message); }
  put(name, value) { this.model.set(name, value); this.model.save_changes(); }

  // -- what is on the page
  build() {
    const button = (text, title, act) => make("button", { textContent: text, title, type: "button", onclick: act });
    const kinds = (chosen) => make("select", { title: "kind of label" }, ...this.facts.label_kinds.map(
      (k) => make("option", { value: k, textContent: this.facts.labels[k]?.words ?? k, selected: k === chosen })));
    const help = make("div", { className: "help", id: `help-${this.model.model_id ?? Math.random()}` },
      ...KEYS.flatMap(({ shown, says }) => [make("kbd", { textContent: shown }), ` ${says}  `]), make("div", { textContent: MOUSE }));
    this.canvas = make("canvas", { tabIndex: 0 });
    const aria = { role: "application", "aria-label": `Timeline of ${this.facts.title}`, "aria-describedby": help.id };
    for (const [name, value] of Object.entries(aria)) this.canvas.setAttribute(name, value);
    this.tip = make("pre", { className: "tip", hidden: true });
    this.stage = make("div", { className: "stage" }, this.canvas, this.tip);
    this.kind = kinds("interruption");
    this.kind.onchange = () => this.retype(this.kind.value);
    this.lane = make("select", { title: "what n and p step through" }, ...["cuts", "events", "labels", "findings"].map(
      (name) => make("option", { value: name, textContent: name })));
    this.lane.value = this.facts.cuts.length ? "cuts" : "events";
    this.name = make("input", { type: "text", placeholder: "annotator", title: "who makes the labels", size: 11 });
    this.name.onchange = () => this.put("annotator", this.name.value);
    this.play = button("▶ Play", "play or pause: left the user, right what was heard of the agent (Space)", () => this.toggle());
    this.play.disabled = !this.facts.rate;
    this.where = make("span", { className: "where" });
    this.says = make("span", { className: "says" });
    this.shown = make("pre", { className: "shown", tabIndex: 0, hidden: true });
    for (const spoken of [this.says, this.shown]) spoken.setAttribute("aria-live", "polite");
    const group = (...nodes) => make("span", { className: "group" }, ...nodes);
    const bar = make("div", { className: "bar" },
      group(this.play, this.where),
      group(button("−", "zoom out", () => this.zoom(1.6)), button("+", "zoom in", () => this.zoom(1 / 1.6)), button("All", "show all", () => this.look(0, this.length))),
      group(button("‹", "previous", () => this.step(-1)), this.lane, button("›", "next", () => this.step(1))),
      group(this.kind, button("Add label", "add a label at the playhead, or over the marked stretch (a)", () => this.addLabel()),
        button("Remove", "remove the selected draft (Del)", () => this.removeLabel()), this.name,
        button("Save labels", "add the drafts to labels.jsonl", () => { this.put("annotator", this.name.value); this.ask({ ask: "save" }); })));
    this.head = make("div", { className: "head" });
    this.legend = make("div", { className: "legend" });
    this.root = make("div", { className: "bargein-timeline", dataset: { lmSuppressShortcuts: "true" } },
      this.head, this.legend, this.stage, bar, this.says, this.shown, help);
    this.el.append(this.root);
    this.sayWhat();
  }

  sayWhat() {
    const f = this.facts;
    this.ink = getComputedStyle(this.root).color;
    this.head.replaceChildren(make("strong", { textContent: f.title }), make("div", { textContent: f.subtitle }),
      ...f.notes.map((note) => make("div", { className: "note", textContent: note })));
    const there = new Set(f.strips.flatMap((s) => s.kinds));
    const chip = (look) => make("span", { className: "chip" },
      make("i", { style: { background: look.colour, opacity: look.hatch ? 0.6 : 1 } }), look.words);
    const marks = new Set([...(this.marks?.kinds ?? [])].map((n) => f.kinds[n]));
    if (f.cuts.length) marks.add("cut");
    const rule = this.model.get("score").enter === undefined ? [] : Object.values(f.rule);
    const glyph = (look) => {
      const c = make("canvas", { width: 28, height: 28 });
      const g = c.getContext("2d"); g.scale(2, 2); shape(g, look.marker, 7, 7, 4, look);
      return make("span", { className: "chip" }, c, look.words);
    };
    this.legend.replaceChildren(...Object.keys(f.sound).filter((k) => there.has(k)).map((k) => chip(f.sound[k])),
      ...Object.keys(f.marks).filter((k) => marks.has(k)).map((k) => glyph(f.marks[k])),
      ...(marks.has("other") ? [chip({ colour: "#888", words: "other lines of the log" })] : []),
      ...rule.map((look) => (look.marker ? glyph({ ...look, colour: this.ink }) : chip({ ...look, colour: SPEECH, hatch: "/" }))));
  }

  rows() { // the rows that are there: top and height of each
    const labels = this.model.get("shown_labels"), deep = Math.max(1, ...labels.map((l) => l.row + 1));
    const heights = { labels: deep * LABEL_ROW + 4 };
    for (const strip of this.facts.strips) heights[strip.lane] = HEIGHTS[strip.lane];
    if (this.model.get("score").enter !== undefined) heights.score = HEIGHTS.score;
    Object.assign(heights, { events: HEIGHTS.events, findings: HEIGHTS.findings });
    const found = {};
    let top = AXIS + GAP;
    for (const [name, height] of Object.entries(heights)) { found[name] = { top, height, mid: top + height / 2 }; top += height + GAP; }
    this.h = top;
    return found;
  }

  resize() {
    this.place = this.rows();
    this.w = this.stage.clientWidth || 900;
    const dense = window.devicePixelRatio || 1;
    const [width, height] = [Math.round(this.w * dense), Math.round(this.h * dense)];
    if (this.canvas.width !== width || this.canvas.height !== height) Object.assign(this.canvas, { width, height }); // clears it
    this.canvas.style.height = `${this.h}px`;
    this.dirty();
  }

  take() { // what the kernel has sent
    const raw = bytesOf(this.model.get("marks_data")), n = raw.byteLength / 5;
    this.marks = { at: new Int32Array(raw.slice(0, 4 * n).buffer), kinds: raw.slice(4 * n) };
    this.overview = this.bundle(this.model.get("overview"), this.model.get("overview_data"));
    this.name.value = this.model.get("annotator");
    this.sayWhat();
  }

  bundle(header, data) { return { ...header, data: signed(data), step: (header.end - header.start) / header.columns }; }

  listen() {
    const on = (name, act) => { const f = () => act(); this.model.on(`change:${name}`, f); this.off.push(() => this.model.off(`change:${name}`, f)); };
    this.off = [];
    on("view", () => { [this.start, this.end] = this.model.get("view"); this.dirty(); });
    on("overview_data", () => { this.take(); this.detail = null; this.resize(); });
    on("score", () => { this.sayWhat(); this.resize(); });
    on("found", () => this.dirty());
    on("facts", () => { this.facts = this.model.get("facts"); this.sayWhat(); });
    on("shown_labels", () => { for (const key of this.told.keys()) if (key.startsWith("label")) this.told.delete(key); this.resize(); this.show(); });
    on("annotator", () => { this.name.value = this.model.get("annotator"); });
    on("picked", () => this.show());
    on("playhead", () => this.dirty());
    on("says", () => { this.says.textContent = this.model.get("says"); });
    const messages = (message, buffers) => this.receive(message, buffers);
    this.model.on("msg:custom", messages);
    this.off.push(() => this.model.off("msg:custom", messages));
    const sized = new ResizeObserver(() => this.resize()), themed = new MutationObserver(() => { this.sayWhat(); this.dirty(); });
    sized.observe(this.stage);
    themed.observe(document.body, { attributes: true });
    this.off.push(() => sized.disconnect(), () => themed.disconnect());
    const c = this.canvas;
    this.root.addEventListener("keydown", (e) => e.stopPropagation()); // the notebook's shortcuts stay out
    c.addEventListener("keydown", (e) => this.key(e));
    for (const name of ["focus", "blur"]) c.addEventListener(name, () => { this.focused = name === "focus"; this.dirty(); });
    c.addEventListener("wheel", (e) => this.wheel(e), { passive: false });
    for (const name of ["down", "move", "up"]) c.addEventListener(`pointer${name}`, (e) => this[name](e));
    c.addEventListener("pointerleave", () => this.hover(null));
    this.says.textContent = this.model.get("says");
    this.show();
  }

  receive(message, buffers) {
    if (message.is === "window") { this.waiting = false; this.detail = this.bundle(message, buffers[0]); this.dirty(); }
    if (message.is === "sound") this.player.take(message, buffers[0]);
    if (message.is === "told") { this.told.set(message.what.join(), message.text); this.showTip(); this.show(); }
    if (message.is === "more") this.root.dataset[message.what] = "there";
  }

  close() { this.player.close(); this.off.forEach((f) => f()); cancelAnimationFrame(this.frame); }

  // -- looking
  look(start, end) {
    const span = clamp(end - start, Math.min(SHORTEST_VIEW, this.length), this.length);
    this.start = clamp(start, 0, this.length - span);
    this.end = this.start + span;
    this.dirty();
    clearTimeout(this.soon);
    this.soon = setTimeout(() => this.put("view", [Math.round(this.start), Math.round(this.end)]), 150);
  }
  pan(ms) { this.look(this.start + ms, this.end + ms); }
  zoom(by, about = clamp(this.playhead, this.start, this.end)) {
    const span = clamp(this.span * by, Math.min(SHORTEST_VIEW, this.length), this.length), share = (about - this.start) / this.span;
    this.look(about - share * span, about + (1 - share) * span);
  }
  reveal(t) { if (t < this.start || t > this.end) this.look(t - this.span / 2, t + this.span / 2); }

  dirty() { this.frame ??= requestAnimationFrame(() => { this.frame = null; this.draw(); }); }

  need() { // ask for a finer outline of a window around the view, one at a time
    const ideal = this.span / this.width, fine = (b) => b && b.step <= ideal * 1.15;
    const held = this.detail && this.detail.start <= Math.max(this.start, 0) && this.detail.end >= Math.min(this.end, this.length);
    if (fine(this.overview) || (held && fine(this.detail)) || this.waiting) return;
    this.waiting = true;
    const start = Math.floor(Math.max(this.start - this.span, 0)), end = Math.ceil(Math.min(this.end + this.span, this.length));
    this.ask({ ask: "window", start, end, columns: Math.ceil((end - start) / ideal) });
  }

  // -- drawing
  draw() {
    const c = this.canvas.getContext("2d"), dense = window.devicePixelRatio || 1, css = getComputedStyle(this.root);
    const at = this.place, f = this.facts;
    [this.ink, this.faint, this.line] = [css.color, css.getPropertyValue("--faint") || "#888", css.getPropertyValue("--line") || "#ccc"];
    c.setTransform(dense, 0, 0, dense, 0, 0);
    c.clearRect(0, 0, this.w, this.h);
    c.font = "11px system-ui, sans-serif";
    c.textBaseline = "middle";
    this.axis(c);
    for (const [name, row] of Object.entries(at)) this.named(c, name, row);
    c.save();
    c.beginPath(); c.rect(GUTTER, 0, this.width, this.h); c.clip();
    if (at.heard) for (const [from, to] of f.leaks) this.tint(c, at.heard, from, to, f.sound.leaked.colour, 0.22);
    if (at.score) this.scored(c, at.score);
    for (const strip of f.strips) this.sound(c, strip, at[strip.lane]);
    this.drawLabels(c, at.labels);
    this.drawMarks(c, at.events);
    this.drawFindings(c, at.findings);
    this.drawCuts(c);
    this.drawPicked(c);
    c.restore();
    if (this.focused) { c.strokeStyle = css.getPropertyValue("--focus") || "#1976d2"; c.lineWidth = 2; c.strokeRect(1, 1, this.w - 2, this.h - 2); }
    this.head_(c);
    this.need();
    if (this.player.playing) this.playing();
  }

  axis(c) {
    const step = tickStep(this.span, this.width);
    c.strokeStyle = this.line; c.fillStyle = this.faint; c.lineWidth = 1; c.textAlign = "center";
    for (let t = Math.ceil(this.start / step) * step; t <= this.end; t += step) {
      const x = Math.round(this.x(t)) + 0.5;
      c.beginPath(); c.moveTo(x, AXIS - 3); c.lineTo(x, this.h - GAP); c.stroke();
      if (x > GUTTER + 12 && x < this.w - RIGHT - 12) c.fillText(clock(t, step), x, AXIS / 2);
    }
    c.textAlign = "left";
    c.fillText("min:s", 4, AXIS / 2);
  }

  named(c, name, row) {
    const strip = this.facts.strips.find((s) => s.lane === name);
    c.fillStyle = this.ink; c.textAlign = "left"; c.font = "600 11px system-ui, sans-serif";
    c.fillText(strip?.title ?? TITLES[name], 4, strip || name === "score" ? row.mid - 8 : row.mid);
    c.font = "10px system-ui, sans-serif"; c.fillStyle = this.faint;
    if (strip) this.fit(c, strip.note, 4, row.mid + 6);
    const s = this.model.get("score");
    if (name === "score") this.fit(c, `enter ${s.enter} (line), exit ${s.exit} (dashed)`, 4, row.mid + 6);
    c.strokeStyle = this.line; c.beginPath(); c.moveTo(GUTTER, row.top + row.height + 2.5); c.lineTo(this.w - RIGHT, row.top + row.height + 2.5); c.stroke();
    c.font = "11px system-ui, sans-serif";
  }

  fit(c, text, x, y, room = GUTTER - 12) { // in at most two lines
    let lines = [""];
    for (const word of text.split(" ")) {
      const tried = lines.at(-1) ? `${lines.at(-1)} ${word}` : word;
      if (c.measureText(tried).width <= room) lines[lines.length - 1] = tried; else lines.push(word);
    }
    if (lines.length > 2) lines = [lines[0], `${lines[1]} …`];
    lines.forEach((part, n) => c.fillText(part, x, y + 11 * n));
  }

  cutText(c, text, x, y, room) { // as much as there is room for, nothing where that says nothing
    let shown = text;
    while (shown.length > 3 && c.measureText(shown).width > room) shown = `${shown.slice(0, -2)}…`;
    if (c.measureText(shown).width <= room) c.fillText(shown, x, y);
  }

  tint(c, row, from, to, colour, alpha) {
    if (to < this.start || from > this.end) return;
    const x = this.x(from);
    c.globalAlpha = alpha; c.fillStyle = colour; c.fillRect(x, row.top, Math.max(this.x(to) - x, 3), row.height); c.globalAlpha = 1;
  }

  hatch(c, colour) {
    const tile = make("canvas", { width: 6, height: 6 }), g = tile.getContext("2d");
    g.strokeStyle = colour; g.lineWidth = 1.6;
    g.beginPath(); for (const d of [-6, 0, 6]) { g.moveTo(d - 1, 7); g.lineTo(d + 7, -1); } g.stroke();
    return c.createPattern(tile, "repeat");
  }

  sound(c, strip, row) {
    c.fillStyle = this.line; c.fillRect(GUTTER, row.mid - 0.5, this.width, 1);
    for (const kind of ORDER.filter((k) => strip.kinds.includes(k))) {
      const look = this.facts.sound[kind];
      c.fillStyle = look.hatch ? this.hatch(c, this.faint) : look.colour;
      this.bands(c, strip.lane, kind, (v) => row.mid - (v / FULL) * (row.height / 2 - 1), kind === "leaked" ? 2 : 1);
    }
  }

  bands(c, lane, kind, y, ...how) { // from the finest outline that is held, stretch by stretch
    const d = this.detail, o = this.overview;
    if (!d || d.end <= this.start || d.start >= this.end || d.step > o.step) return this.band(c, o, lane, kind, this.start, this.end, y, ...how);
    this.band(c, o, lane, kind, this.start, d.start, y, ...how);
    this.band(c, d, lane, kind, Math.max(d.start, this.start), Math.min(d.end, this.end), y, ...how);
    this.band(c, o, lane, kind, d.end, this.end, y, ...how);
  }

  band(c, b, lane, kind, from, to, y, least, joined = false) {
    const n = b.names.findIndex(([l, k]) => l === lane && k === kind);
    if (n < 0 || to <= from) return;
    const lo = 2 * n * b.columns, hi = lo + b.columns;
    const first = Math.max(Math.floor((from - b.start) / b.step), 0), last = Math.min(Math.ceil((to - b.start) / b.step), b.columns);
    c.beginPath();
    let before = null; // top and bottom of the column before: a line goes on where a waveform starts anew
    for (let i = first; i < last; i++) {
      if (b.data[lo + i] === NOTHING) continue;
      const left = Math.floor(this.x(b.start + i * b.step)), right = Math.max(Math.floor(this.x(b.start + (i + 1) * b.step)), left + least);
      const own = [y(b.data[hi + i]), y(b.data[lo + i])];
      const [top, low] = joined && before ? [Math.min(own[0], before[1]), Math.max(own[1], before[0])] : own;
      c.rect(left, top, right - left, Math.max(low - top, joined ? 1.6 : 1));
      before = own;
    }
    c.fill();
  }

  scored(c, row) {
    const s = this.model.get("score"), y = (v) => row.top + row.height - 2 - v * (row.height - 4);
    for (const [from, to] of s.speech) this.tint(c, row, from, to, SPEECH, 0.22);
    c.fillStyle = this.ink;
    this.bands(c, "score", "score", (v) => y(v / FULL), 1, true);
    c.lineWidth = 1;
    for (const [name, dash] of [["enter", []], ["exit", [4, 3]]]) {
      c.strokeStyle = this.faint; c.setLineDash(dash);
      c.beginPath(); c.moveTo(GUTTER, y(s[name])); c.lineTo(this.w, y(s[name])); c.stroke();
    }
    c.setLineDash([]);
    const look = (filled) => ({ colour: this.ink, filled });
    for (const [times, marker] of [[s.starts, ">"], [s.stops, "<"]]) {
      for (let i = firstAt(times, this.start), before = -9; i < times.length && times[i] <= this.end; i++) {
        const x = this.x(times[i]);
        if (x - before >= 4) { shape(c, marker, x, row.top + 6, 4, look(marker === ">")); before = x; }
      }
    }
  }

  drawLabels(c, row) {
    for (const label of this.model.get("shown_labels")) {
      const moved = this.drag?.number === label.number ? this.drag : label;
      const x = this.x(moved.onset_ms), wide = Math.max(this.x(moved.offset_ms) - x, 2), y = row.top + label.row * LABEL_ROW;
      if (x > this.w || x + wide < GUTTER) continue;
      const look = this.facts.labels[label.kind] ?? { colour: this.faint, words: label.kind };
      c.globalAlpha = label.kept ? 0.85 : 1;
      c.fillStyle = look.colour; c.fillRect(x, y + 1, wide, LABEL_ROW - 3); c.globalAlpha = 1;
      if (!label.kept) { c.strokeStyle = this.ink; c.lineWidth = 1; c.setLineDash([3, 2]); c.strokeRect(x + 0.5, y + 1.5, wide - 1, LABEL_ROW - 4); c.setLineDash([]); }
      const words = label.kept ? look.words : `${look.words}, draft`, left = Math.max(x, GUTTER);
      c.fillStyle = "#111";
      this.cutText(c, words, left + 4, y + LABEL_ROW / 2, x + wide - left - 7);
    }
    const d = this.drag;
    if (d?.does === "draw" || d?.does === "mark") {
      const tall = d.does === "draw" ? row : { top: AXIS, height: this.h - AXIS };
      this.tint(c, tall, Math.min(d.from, d.to), Math.max(d.from, d.to), this.ink, 0.22);
    }
  }

  markY(kind, row) { return row.top + row.height * (LEVELS[kind] ?? LEVELS.other); }

  drawMarks(c, row) {
    const { at, kinds } = this.marks, drawn = {};
    c.strokeStyle = this.faint; c.lineWidth = 1;
    for (let i = firstAt(at, this.start); i < at.length && at[i] <= this.end; i++) {
      const kind = this.facts.kinds[kinds[i]], x = this.x(at[i]);
      if (x - (drawn[kind] ?? -9) < (kind === "other" ? 1 : 2)) continue;
      drawn[kind] = x;
      const y = this.markY(kind, row);
      if (kind === "other") { c.fillStyle = this.faint; c.fillRect(Math.round(x), y - 3, 1, 7); } else shape(c, this.facts.marks[kind].marker, x, y, 4.5, this.facts.marks[kind]);
    }
  }

  drawFindings(c, row) { // in order of time, of two at one place the gravest on top and in words
    const grave = Object.keys(SEVERITY), at = (f) => (f.at === null ? GUTTER + 8 : this.x(f.at));
    const found = this.model.get("found").map((f) => [at(f), grave.indexOf(f.severity), f]).sort((a, b) => a[0] - b[0] || b[1] - a[1]);
    found.forEach(([x, , finding], n) => {
      c.fillStyle = SEVERITY[finding.severity];
      c.beginPath(); c.moveTo(x, row.top + 2); c.lineTo(x + 7, row.mid); c.lineTo(x, row.top + row.height - 2); c.lineTo(x - 7, row.mid); c.fill();
      const next = found[n + 1]?.[0] ?? this.w;
      c.fillStyle = this.ink;
      if (next > x) this.cutText(c, `${finding.severity}: ${finding.rule}`, x + 11, row.mid, next - x - 22);
    });
    c.fillStyle = this.faint;
    if (!found.length) c.fillText(this.root.dataset.findings ? "none" : "being looked for …", GUTTER + 6, row.mid);
  }

  drawCuts(c) {
    const look = this.facts.marks.cut, y = this.markY("cut", this.place.events);
    for (const t of this.facts.cuts) {
      if (t < this.start || t > this.end) continue;
      const x = Math.round(this.x(t)) + 0.5;
      c.strokeStyle = look.colour; c.lineWidth = 1.6;
      c.beginPath(); c.moveTo(x, AXIS); c.lineTo(x, this.place.events.top + this.place.events.height); c.stroke();
      shape(c, "X", x, y, 5, look);
    }
  }

  drawPicked(c) {
    const whole = { top: AXIS, height: this.h - AXIS };
    for (const [what, strength] of [[this.model.get("picked"), 0.16], [this.hovered ?? [], 0.08]]) {
      const when = what.length && this.when(...what);
      if (when) this.tint(c, whole, when[0], when[1], this.ink, strength);
    }
  }

  head_(c) { // the playhead
    const t = this.playhead, x = this.x(t);
    this.where.textContent = clock(t, 1);
    if (x < GUTTER - 1 || x > this.w - RIGHT + 1) return;
    c.strokeStyle = c.fillStyle = this.ink; c.lineWidth = 1.5;
    c.beginPath(); c.moveTo(x, AXIS - 6); c.lineTo(x, this.h - GAP); c.stroke();
    c.beginPath(); c.moveTo(x - 5, AXIS - 9); c.lineTo(x + 5, AXIS - 9); c.lineTo(x, AXIS - 2); c.fill();
  }

  // -- hearing
  toggle() {
    if (!this.facts.rate) return;
    if (this.player.playing) { this.player.stop(); this.put("playhead", Math.round(this.player.from)); }
    else this.player.start(this.model.get("playhead") >= this.length ? 0 : this.model.get("playhead"));
    this.play.textContent = this.player.playing ? "❚❚ Pause" : "▶ Play";
    this.dirty();
  }
  playing() {
    const t = this.player.now();
    if (t >= this.length) return this.toggle();
    if (t > this.start + 0.96 * this.span && this.end < this.length) this.look(t - 0.05 * this.span, t + 0.95 * this.span);
    this.player.pump();
    this.dirty();
  }
  seek(t) {
    const at = Math.round(clamp(t, 0, this.length)), again = this.player.playing;
    this.player.stop();
    this.put("playhead", at);
    if (again) this.player.start(at); else this.dirty();
  }

  // -- choosing
  things(lane) { // times of what stands on a lane, by number
    if (lane === "cut") return this.facts.cuts.map((t, n) => [t, n]);
    if (lane === "label") return this.model.get("shown_labels").map((l) => [l.onset_ms, l.number]);
    if (lane === "finding") return this.model.get("found").map((f, n) => [f.at ?? 0, n]);
    const plain = this.facts.kinds.indexOf("other"), found = [];
    this.marks.at.forEach((t, n) => { if (this.marks.kinds[n] !== plain) found.push([t, n]); });
    return found.length ? found : [...this.marks.at].map((t, n) => [t, n]);
  }
  when(lane, n, z) {
    if (lane === "span") return [n, z];
    if (lane === "label") { const l = this.model.get("shown_labels").find((o) => o.number === n); return l && [l.onset_ms, l.offset_ms]; }
    const t = lane === "event" ? this.marks.at[n] : lane === "cut" ? this.facts.cuts[n] : this.model.get("found")[n]?.at;
    return t === undefined || t === null ? null : [t - 2 / (this.width / this.span), t + 2 / (this.width / this.span)];
  }
  pick(what) { this.put("picked", what); this.show(); }
  step(by) {
    const lane = this.lane.value.slice(0, -1), things = this.things(lane), [now, number] = this.model.get("picked");
    if (!things.length) { this.says.textContent = `there are no ${lane}s`; return; }
    const here = now === lane ? things.findIndex(([, n]) => n === number) : -1;
    const from = this.model.get("playhead");
    const next = here >= 0 ? here + by : by > 0 ? things.findIndex(([t]) => t >= from) : things.findLastIndex(([t]) => t < from);
    const [t, n] = things[clamp(next < 0 && here < 0 ? (by > 0 ? things.length - 1 : 0) : next, 0, things.length - 1)];
    this.pick([lane, n]);
    this.reveal(t);
    this.seek(t);
  }
  show() { // what is selected, in words
    const picked = this.model.get("picked"), text = this.told.get(picked.join()), label = this.picked();
    if (picked.length && text === undefined) this.tell(picked);
    Object.assign(this.shown, { hidden: !picked.length, textContent: text ?? "…" });
    if (label) this.kind.value = label.kind;
    this.dirty();
  }
  tell(what) { this.ask({ ask: "tell", what }); }
  hover(what, e) {
    if (String(what) !== String(this.hovered)) { this.hovered = what; this.dirty(); clearTimeout(this.later); if (what && !this.told.has(what.join())) this.later = setTimeout(() => this.tell(what), 50); }
    if (e) this.mouse = [e.offsetX, e.offsetY];
    this.showTip();
  }
  showTip() {
    const text = this.hovered && this.told.get(this.hovered.join());
    this.tip.hidden = !text;
    if (!text) return;
    this.tip.textContent = text;
    const [x, y] = this.mouse, wide = this.tip.offsetWidth;
    this.tip.style.left = `${clamp(x + 14, 0, Math.max(this.w - wide - 4, 0))}px`;
    this.tip.style.top = `${y > this.h / 2 ? Math.max(y - this.tip.offsetHeight - 14, 0) : y + 16}px`; // inside the cell, which cuts it
  }
  under(x, y) { // what lies under the pointer: lane and number
    const inside = (row) => row && y >= row.top - 2 && y < row.top + row.height + 2;
    const at = this.place, near = (list) => list.filter(([t]) => Math.abs(this.x(t) - x) < 7).sort((a, b) => Math.abs(this.x(a[0]) - x) - Math.abs(this.x(b[0]) - x))[0];
    if (x < GUTTER) return null;
    if (inside(at.labels)) {
      const hits = this.model.get("shown_labels").filter((l) => x >= this.x(l.onset_ms) - 3 && x <= Math.max(this.x(l.offset_ms), this.x(l.onset_ms) + 3) + 3
        && y >= at.labels.top + l.row * LABEL_ROW && y < at.labels.top + (l.row + 1) * LABEL_ROW);
      return hits.length ? ["label", hits.at(-1).number] : null;
    }
    if (inside(at.findings)) { const hit = near(this.model.get("found").map((f, n) => [f.at ?? this.t(GUTTER + 6), n])); return hit ? ["finding", hit[1]] : null; }
    const cut = near(this.facts.cuts.map((t, n) => [t, n]));
    if (inside(at.events)) {
      const { at: times, kinds } = this.marks, r = (7 / this.width) * this.span;
      let best = cut && Math.abs(y - this.markY("cut", at.events)) < 8 ? ["cut", cut[1]] : null, least = best ? Math.abs(this.x(cut[0]) - x) : 15;
      for (let i = firstAt(times, this.t(x) - r); i < times.length && times[i] <= this.t(x) + r; i++) {
        const far = Math.hypot(this.x(times[i]) - x, y - this.markY(this.facts.kinds[kinds[i]], at.events));
        if (far < least) { least = far; best = ["event", i]; }
      }
      return best;
    }
    return cut && Math.abs(this.x(cut[0]) - x) < 4 ? ["cut", cut[1]] : null;
  }

  // -- labels
  picked() { const [lane, n] = this.model.get("picked"); return lane === "label" ? this.model.get("shown_labels").find((l) => l.number === n) : null; }
  does(what, fields) { this.ask({ ask: "label", do: what, ...fields }); }
  addLabel(from, to) {
    const [lane, a, b] = this.model.get("picked"), usual = Math.round(clamp(this.span / 12, 50, 600)), at = Math.round(this.model.get("playhead"));
    const [onset_ms, offset_ms] = from !== undefined ? [from, to] : lane === "span" ? [a, b] : [Math.min(at, this.length - usual), Math.min(at + usual, this.length)];
    this.does("added", { kind: this.kind.value, onset_ms: Math.max(onset_ms, 0), offset_ms });
  }
  removeLabel() { const l = this.picked(); if (l) this.does("removed", { number: l.number }); }
  retype(kind) { const l = this.picked(); if (l && l.kind !== kind) this.does("retyped", { number: l.number, kind }); }
  nextKind() { const k = this.facts.label_kinds, l = this.picked(); if (l) this.retype(k[(k.indexOf(l.kind) + 1) % k.length]); }
  nudge(ms, end) {
    const l = this.picked();
    if (l) this.does("moved", { number: l.number, onset_ms: Math.max(l.onset_ms + (end ? 0 : ms), 0), offset_ms: l.offset_ms + ms });
  }

  // -- keyboard and pointer
  key(e) {
    if (e.ctrlKey || e.metaKey || e.altKey) return;
    const entry = KEYS.find(({ keys }) => keys.includes(e.key) || keys.includes(e.key.toLowerCase()));
    if (entry) { e.preventDefault(); entry.act(this, e); }
  }
  wheel(e) {
    if (!this.focused && !e.ctrlKey) return; // else the notebook scrolls
    e.preventDefault();
    const unit = e.deltaMode === 1 ? 30 : e.deltaMode === 2 ? 300 : 1, across = e.shiftKey ? e.deltaY || e.deltaX : e.deltaX;
    if (Math.abs(across) > Math.abs(e.shiftKey ? 0 : e.deltaY)) this.pan((across * unit * this.span) / this.width);
    else this.zoom(Math.exp(clamp(e.deltaY * unit, -300, 300) * 0.0022), this.t(e.offsetX));
  }
  down(e) {
    if (e.button) return;
    this.canvas.focus({ preventScroll: true });
    this.canvas.setPointerCapture(e.pointerId);
    const { offsetX: x, offsetY: y } = e, row = this.place.labels, t = this.t(x), hit = this.under(x, y);
    const common = { x, y, start: this.start, end: this.end, from: t, to: t, hit };
    const label = hit?.[0] === "label" && this.model.get("shown_labels").find((l) => l.number === hit[1]);
    const edge = label && (Math.abs(this.x(label.offset_ms) - x) < 5 ? "offset" : Math.abs(this.x(label.onset_ms) - x) < 5 ? "onset" : "both");
    if (label) this.drag = { ...common, does: "label", edge, number: label.number, was: label, onset_ms: label.onset_ms, offset_ms: label.offset_ms };
    else this.drag = { ...common, does: e.shiftKey ? "mark" : y >= row.top && y < row.top + row.height && x > GUTTER ? "draw" : "pan" };
  }
  move(e) {
    const d = this.drag, { offsetX: x, offsetY: y } = e;
    if (!d) return this.hover(this.under(x, y), e);
    d.moved ||= Math.hypot(x - d.x, y - d.y) > 3;
    if (!d.moved) return;
    this.hover(null);
    d.to = clamp(this.t(x), 0, this.length);
    const by = Math.round(((x - d.x) / this.width) * this.span);
    if (d.does === "pan") this.look(d.start - by, d.end - by);
    if (d.edge) [d.onset_ms, d.offset_ms] = [d.was.onset_ms + (d.edge === "offset" ? 0 : by), d.was.offset_ms + (d.edge === "onset" ? 0 : by)];
    this.dirty();
  }
  up() {
    const d = this.drag;
    this.drag = null;
    setTimeout(() => this.canvas.focus({ preventScroll: true })); // a notebook gives it to the cell that was clicked
    if (!d) return;
    const [from, to] = [Math.min(d.from, d.to), Math.max(d.from, d.to)].map(Math.round);
    if (!d.moved) { this.pick(d.hit ?? []); if (!d.hit && d.x > GUTTER) this.seek(d.from); }
    else if (d.does === "draw") this.addLabel(from, to);
    else if (d.does === "mark") this.pick(["span", from, to]);
    else if (d.does === "label") this.does("moved", { number: d.number, onset_ms: Math.max(d.onset_ms, 0), offset_ms: Math.max(d.offset_ms, 0) });
    this.dirty();
  }
}

export default { render({ model, el }) { const desk = new Desk(model, el); return () => desk.close(); } };
