// ---- the desk
class Desk extends Picture {
  constructor(model, el) {
    super();
    Object.assign(this, { model, el, told: new Map(), waiting: false, detail: null, hovered: null, drag: null, focused: false, asked: -1e9, ink: "#777",
      moved: 0, began: 0, wanted: 0, widths: new Map(), hatches: new Map(), stamps: new Map() });
    this.facts = model.get("facts");
    this.length = this.facts.length_ms;
    [this.start, this.end] = model.get("view");
    this.cuts = {};
    this.facts.cuts.forEach((t, n) => (this.cuts[this.facts.cut_lanes[n]] ??= []).push(t));
    this.player = new Player(this);
    this.build();
    this.take();
    this.listen();
    this.resize();
    for (const what of ["sound", "scores", "findings"]) this.ask({ ask: "more", what });
  }
  ask(message) { this.model.send(message); }
  put(name, value) { this.model.set(name, value); this.model.save_changes(); }

  // -- what is on the page
  build() {
    const button = (text, title, act) => make("button", { textContent: text, title, type: "button", onclick: act });
    const refocus = (e) => { if (e.detail && e.target.closest("button")) setTimeout(() => this.canvas.focus({ preventScroll: true })); }; // by pointer: keys go on
    const kinds = (chosen) => make("select", { title: "kind of label" }, ...this.facts.label_kinds.map(
      (k) => make("option", { value: k, textContent: this.facts.labels[k]?.words ?? k, selected: k === chosen })));
    const help = make("div", { className: "help", id: `help-${this.model.model_id ?? Math.random()}` },
      ...KEYS.filter(({ where }) => !where || where(this.facts)).flatMap(({ shown, says }) => [make("kbd", { textContent: shown }), ` ${typeof says === "string" ? says : says(this.facts)}  `]), make("div", { textContent: MOUSE }));
    this.canvas = make("canvas", { tabIndex: 0 });
    const aria = { role: "application", "aria-label": `Timeline of ${this.facts.title}`, "aria-describedby": help.id };
    for (const [name, value] of Object.entries(aria)) this.canvas.setAttribute(name, value);
    this.tip = make("pre", { className: "tip", hidden: true });
    this.stage = make("div", { className: "stage" }, this.canvas, this.tip);
    this.kind = kinds("interruption");
    this.kind.onchange = () => this.retype(this.kind.value);
    this.lane = make("select", { title: "what n and p step through" }, ...["cuts", "events", "labels", ...(this.facts.voices.length ? [] : ["findings"])].map(
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
    this.voices = make("select", { title: "which lane sounds (1 … 9)", onchange: () => this.hear(this.voices.selectedIndex) },
      ...this.facts.voices.map((title, n) => make("option", { textContent: `${n + 1} · ${title}` })));
    const bar = make("div", { className: "bar" },
      group(this.play, this.where, ...(this.facts.voices.length ? ["hear", this.voices] : [])),
      group(button("−", "zoom out", () => this.zoom(1.6)), button("+", "zoom in", () => this.zoom(1 / 1.6)), button("All", "show all", () => this.look(0, this.length))),
      group(button("‹", "previous", () => this.step(-1)), this.lane, button("›", "next", () => this.step(1))),
      group(this.kind, button("Add label", "add a label at the playhead, or over the marked stretch (a)", () => this.addLabel()),
        button("Remove", "remove the selected draft (Del)", () => this.removeLabel()), this.name,
        button("Save labels", "add the drafts to labels.jsonl", () => { this.put("annotator", this.name.value); this.ask({ ask: "save" }); })));
    this.head = make("div", { className: "head" });
    this.legend = make("div", { className: "legend" });
    this.under_ = make("div", { className: "under" });
    this.root = make("div", { className: "bargein-timeline", dataset: { lmSuppressShortcuts: "true" } },
      this.head, this.legend, this.stage, bar, this.says, this.shown, this.under_, help);
    this.root.addEventListener("click", refocus);
    this.el.append(this.root);
    this.sayWhat();
  }

  sayWhat() {
    const f = this.facts;
    this.head.replaceChildren(make("strong", { textContent: f.title }), make("div", { textContent: f.subtitle }),
      ...f.notes.map((note) => make("div", { className: "note", textContent: note })));
    this.sayLegend();
  }

  sayLegend() {
    const f = this.facts;
    const there = new Set(f.strips.flatMap((s) => s.kinds));
    const chip = (look, opacity = 1) => make("span", { className: "chip" }, make("i", { style: { background: groundOf(look), opacity } }), look.words);
    const marks = new Set(Object.keys(this.marks?.by ?? {}));
    if (f.cuts.length) marks.add("cut");
    const rule = this.model.get("score").enter === undefined ? [] : Object.values(f.rule);
    const glyph = (look) => {
      const c = make("canvas", { width: 28, height: 28 });
      const g = c.getContext("2d"); g.scale(2, 2); shape(g, look.marker, 7, 7, 4, look);
      return make("span", { className: "chip" }, c, look.words);
    };
    const ground = (kind, colour, words, opacity = 1) => { // as the picture draws it
      const c = make("canvas", { className: "ground", width: 44, height: 24, style: { opacity } }), g = c.getContext("2d");
      g.scale(2, 2); g.fillStyle = g.createPattern(hatched(colour, kind), "repeat"); g.fillRect(0, 0, 22, 12);
      return make("span", { className: "chip", dataset: { ground: kind } }, c, words);
    };
    const hatch = ground("unknown", this.ink, "nothing can be said: beyond the horizon, or censored", UNKNOWN);
    const sounds = Object.keys(f.sound).filter((k) => there.has(k)).map((k) => (f.sound[k].hatch ? ground(k, this.faint, f.sound[k].words) : chip(f.sound[k])));
    const labelled = new Set(this.model.get("shown_labels").map((l) => l.kind));
    const labels = Object.keys(f.labels).filter((k) => labelled.has(k)).map((k) => chip(f.labels[k]));
    this.legend.replaceChildren(...sounds,
      ...Object.keys(f.marks).filter((k) => marks.has(k)).map((k) => glyph(f.marks[k])),
      ...(f.strips.some((s) => s.unknown.length) ? [hatch] : []),
      ...(marks.has("other") ? [chip({ colour: "#888", words: "other lines of the log" })] : []),
      ...rule.map((look) => (look.marker ? glyph({ ...look, colour: this.ink }) : chip({ ...look, colour: SPEECH }, 0.6))),
      ...(labels.length ? [make("span", { className: "chips" }, "labels:", ...labels)] : []));
  }

  take() { // what the kernel has sent
    const raw = bytesOf(this.model.get("marks_data")), n = raw.byteLength / 5;
    this.marks = { at: new Int32Array(raw.slice(0, 4 * n).buffer), kinds: raw.slice(4 * n) };
    const { at, kinds } = this.marks, by = this.facts.kinds.map(() => []);
    at.forEach((t, i) => by[kinds[i]].push(t));
    this.marks.by = Object.fromEntries(this.facts.kinds.map((kind, k) => [kind, Int32Array.from(by[k])]).filter(([, times]) => times.length));
    this.overview = this.bundle(this.model.get("overview"), this.model.get("overview_data"));
    this.name.value = this.model.get("annotator");
    this.sayWhat();
  }

  sayTable() { // what the lanes come to, onset by onset; an onset that is clicked is gone to
    const { columns = [], rows = [], at = [], note = "" } = this.model.get("table");
    const go = (n) => make("button", { type: "button", textContent: rows[n][0], title: "put the playhead there",
      onclick: () => { this.reveal(at[n]); this.seek(at[n]); } });
    const first = (n) => n === 0 || at[n] !== at[n - 1];
    const cell = (value, n, k) => (k === 0 ? make("td", {}, ...(first(n) ? [go(n)] : [])) : make("td",
      { textContent: value === null ? "–" : String(value), className: typeof value === "number" || value === null ? "number" : "" }));
    const line = (row, n) => make("tr", { className: first(n) ? "first" : "" }, ...row.map((value, k) => cell(value, n, k)));
    if (!rows.length) return this.under_.replaceChildren(...(this.facts.voices.length ? [`There is no labelled onset to compare. ${note}`] : []));
    const head = make("tr", {}, ...columns.map((name) => make("th", { scope: "col", textContent: name })));
    this.rolled = make("div", { className: "wide", tabIndex: 0, onscroll: () => this.sayMore() }, make("table", {}, make("thead", {}, head), make("tbody", {}, ...rows.map(line))));
    this.hint = make("div", { className: "more", textContent: "more columns: scroll →", hidden: true });
    this.under_.replaceChildren(this.hint, this.rolled, make("div", { textContent: note }));
    this.sayMore();
  }

  sayMore() { // whether the table goes on to the right of what is shown
    if (!this.rolled) return;
    const { scrollLeft, clientWidth, scrollWidth } = this.rolled, on = scrollLeft + clientWidth < scrollWidth - 2;
    this.hint.hidden = scrollWidth <= clientWidth;
    this.hint.classList.toggle("seen", !on);
    this.rolled.classList.toggle("goes-on", on);
  }

  listen() {
    const on = (name, act) => { const f = () => act(); this.model.on(`change:${name}`, f); this.off.push(() => this.model.off(`change:${name}`, f)); };
    this.off = [];
    on("view", () => { [this.start, this.end] = this.model.get("view"); this.dirty(); });
    on("overview_data", () => { this.take(); this.detail = null; this.resize(); });
    on("score", () => { this.sayWhat(); this.resize(); });
    on("found", () => this.dirty());
    on("facts", () => { this.facts = this.model.get("facts"); this.sayWhat(); });
    on("shown_labels", () => { for (const key of this.told.keys()) if (key.startsWith("label")) this.told.delete(key); this.sayLegend(); this.resize(); this.show(); });
    on("annotator", () => { this.name.value = this.model.get("annotator"); });
    on("picked", () => this.show());
    on("playhead", () => this.dirty());
    on("table", () => this.sayTable());
    on("hearing", () => { this.voices.selectedIndex = this.hearing; this.player.choose(); this.dirty(); });
    on("says", () => { this.says.textContent = this.model.get("says"); });
    const messages = (message, buffers) => this.receive(message, buffers);
    this.model.on("msg:custom", messages);
    this.off.push(() => this.model.off("msg:custom", messages));
    const sized = new ResizeObserver(() => { this.resize(); this.sayMore(); }), themed = new MutationObserver(() => {
      for (const later of [0, 500]) setTimeout(() => { this.asked = -1e9; this.dirty(); }, later); // a theme's colours come after its name
    });
    sized.observe(this.stage);
    themed.observe(document.body, { attributes: true });
    this.off.push(() => sized.disconnect(), () => themed.disconnect());
    const c = this.canvas;
    this.root.addEventListener("keydown", (e) => { e.stopPropagation(); this.key(e); }); // the notebook's shortcuts stay out
    for (const name of ["focus", "blur"]) c.addEventListener(name, () => { this.focused = name === "focus"; this.dirty(); });
    c.addEventListener("wheel", (e) => this.wheel(e), { passive: false });
    for (const name of ["down", "move", "up"]) c.addEventListener(`pointer${name}`, (e) => this[name](e));
    c.addEventListener("pointerleave", () => this.hover(null));
    this.says.textContent = this.model.get("says");
    this.voices.selectedIndex = this.hearing;
    this.sayTable();
    this.show();
  }

  receive(message, buffers) {
    if (message.is === "window") { this.waiting = false; this.detail = this.bundle(message, buffers[0]); this.dirty(); }
    if (message.is === "sound") this.player.take(message, buffers[0]);
    if (message.is === "told") { this.told.set(message.what.join(), message.text); this.showTip(); this.show(); }
    if (message.is === "more") { this.root.dataset[message.what] = "there"; this.dirty(); }
  }

  close() { this.player.close(); this.off.forEach((f) => f()); cancelAnimationFrame(this.frame); clearTimeout(this.again); }

  // -- looking
  look(start, end) {
    const span = clamp(end - start, Math.min(SHORTEST_VIEW, this.length), this.length);
    this.start = clamp(start, 0, this.length - span);
    this.end = this.start + span;
    const now = performance.now();
    if (now - this.moved > STILL) this.began = now;
    this.moved = now;
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

  need() { // ask for a finer outline of a window around the view, one at a time
    const ideal = this.span / this.width, fine = (b) => b && b.step <= ideal * 1.15;
    const held = this.detail && this.detail.start <= Math.max(this.start, 0) && this.detail.end >= Math.min(this.end, this.length);
    if (fine(this.overview) || (held && fine(this.detail)) || this.waiting) return;
    const now = performance.now();
    if (now - this.moved < STILL && now - Math.max(this.began, this.wanted) < OFTEN) { this.again ??= setTimeout(() => { this.again = null; this.dirty(); }, STILL); return; }
    this.waiting = true;
    this.wanted = now;
    const start = Math.floor(Math.max(this.start - this.span, 0)), end = Math.ceil(Math.min(this.end + this.span, this.length));
    this.ask({ ask: "window", start, end, columns: Math.ceil((end - start) / ideal) });
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

  hear(n) { if (n < this.facts.voices.length && n !== this.hearing) this.put("hearing", n); }

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
    if (lane === "unknown") return this.facts.strips.find((s) => s.lane === `heard/${n}`).unknown[z];
    if (lane === "label") { const l = this.model.get("shown_labels").find((o) => o.number === n); return l && [l.onset_ms, l.offset_ms]; }
    const t = lane === "event" ? this.marks.at[n] : lane === "cut" ? this.facts.cuts[n] : this.model.get("found")[n]?.at;
    return t === undefined || t === null ? null : [t - 2 / (this.width / this.span), t + 2 / (this.width / this.span)];
  }
  say(text) { this.put("says", text); }
  pick(what) { this.put("picked", what); this.show(); }
  step(by) {
    const lane = this.lane.value.slice(0, -1), things = this.things(lane), [now, number] = this.model.get("picked");
    if (!things.length) { this.say(`there are no ${lane}s`); return; }
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
    const cut = near(this.facts.cuts.map((t, n) => [t, n]).filter(([, n]) => !this.facts.cut_lanes[n] || inside(at[this.facts.cut_lanes[n]])));
    if (inside(at.events)) {
      const { at: times, kinds } = this.marks, r = (7 / this.width) * this.span;
      let best = cut && Math.abs(y - this.markY("cut", at.events)) < 8 ? ["cut", cut[1]] : null, least = best ? Math.abs(this.x(cut[0]) - x) : 15;
      for (let i = firstAt(times, this.t(x) - r); i < times.length && times[i] <= this.t(x) + r; i++) {
        const far = Math.hypot(this.x(times[i]) - x, y - this.markY(this.facts.kinds[kinds[i]], at.events));
        if (far < least) { least = far; best = ["event", i]; }
      }
      return best;
    }
    if (cut && Math.abs(this.x(cut[0]) - x) < 4) return ["cut", cut[1]];
    const strip = this.facts.strips.find((s) => inside(at[s.lane])), t = this.t(x);
    const n = strip ? strip.unknown.findIndex(([from, to]) => from <= t && t < to) : -1;
    return n < 0 ? null : ["unknown", this.voice(strip.lane), n];
  }

  // -- labels
  picked() { const [lane, n] = this.model.get("picked"); return lane === "label" ? this.model.get("shown_labels").find((l) => l.number === n) : null; }
  does(what, fields) { this.ask({ ask: "label", do: what, ...fields }); }
  addLabel(from, to) {
    const [lane, a, b] = this.model.get("picked"), usual = Math.round(clamp(this.span / 12, 50, 600)), at = Math.round(this.model.get("playhead"));
    const [onset_ms, offset_ms] = from !== undefined ? [from, to] : lane === "span" ? [a, b] : [Math.min(at, this.length - usual), Math.min(at + usual, this.length)];
    this.does("added", { kind: this.kind.value, onset_ms: Math.max(onset_ms, 0), offset_ms });
  }
  chosen(what) { const l = this.picked(); if (!l) this.say(`nothing to ${what}: no label is selected`); return l; }
  removeLabel() { const l = this.chosen("remove"); if (l) this.does("removed", { number: l.number }); }
  retype(kind) { const l = this.picked(); if (l && l.kind !== kind) this.does("retyped", { number: l.number, kind }); }
  nextKind() { const k = this.facts.label_kinds, l = this.chosen("rename"); if (l) this.retype(k[(k.indexOf(l.kind) + 1) % k.length]); }
  nudge(ms, end) {
    const l = this.chosen("move");
    if (l) this.does("moved", { number: l.number, onset_ms: Math.max(l.onset_ms + (end ? 0 : ms), 0), offset_ms: l.offset_ms + ms });
  }

  // -- keyboard and pointer
  key(e) {
    if (e.ctrlKey || e.metaKey || e.altKey || e.target.matches(TYPED) || (e.target.matches("button") && PRESSED.includes(e.key))) return;
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
    if (e.offsetX < GUTTER) { // a lane's name: hear it
      const row = Object.entries(this.place).find(([, r]) => e.offsetY >= r.top && e.offsetY < r.top + r.height);
      if (row && this.voice(row[0]) >= 0) return this.hear(this.voice(row[0]));
    }
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
