// The page's side of bargein.widgets.Tuner. It applies the decision rule (rule.js) to scores it was given once, so that
// a slider's picture follows within the frame; every figure, curve and order of the list comes from Python and follows
// when it has been counted. Text from data is set as text, never as markup.

const NAMES = ["threshold", "exit_threshold", "prefix_padding_ms", "silence_duration_ms", "min_speech_ms"];
const WORDS = { threshold: "threshold", exit_threshold: "exit threshold", prefix_padding_ms: "prefix_padding_ms",
  silence_duration_ms: "silence_duration_ms", min_speech_ms: "min speech, ms" };
const LEFT = 112, EDGE = 10, TOP = 22, BETWEEN = 5;
const TALL = { labels: 21, user: 52, heard: 40, score: 84, decided: 26 };
const LANES = { labels: "labels", user: "user", heard: "agent, heard", score: "speech score", decided: "detector" };
const LABEL_TALL = 17, SILENT = -128, LOUDEST = 127, LEAST_VIEW = 200;
const SPEAKS = "#56B4E9", CUT = "#D55E00";
const FINER = 4; // frames of one step of the pyramid of scores

// What the keyboard does while the picture has the focus; the help line is made of it.
const PICTURE_KEYS = [
  ...MOVES,
  { keys: ["n", "p"], shown: "n p", says: "next, previous turn that is cut off", act: (d, e) => d.step(e.key === "n" ? 1 : -1) },
];
// Anywhere in the widget, with Ctrl or Cmd, but where text is typed.
const COMMANDS = [
  { match: (e) => e.key === "z" && !e.shiftKey, does: "undo" },
  { match: (e) => (e.key === "z" && e.shiftKey) || e.key === "Z" || e.key === "y", does: "redo" },
];
const HELP = "Sliders: arrow keys one step, Page keys ten, Home and End the ends; Ctrl+Z takes back, Ctrl+Shift+Z again. "
  + "Wheel zooms the picture once it has the focus, dragging pans.";

class Tuner {
  constructor(model, el) {
    Object.assign(this, { model, el, off: [], rows: new Map(), number: 0, detail: null, asking: false, focused: false });
    this.facts = model.get("facts");
    this.now = Object.fromEntries(NAMES.map((name) => [name, model.get(name)]));
    this.build();
    this.listen();
    this.offer();
    this.map();
    this.take();
    this.answered();
    this.ranked();
    this.keptOnes();
    this.told();
    this.went();
    this.ask({ do: "score" });
  }

  ask(message) { this.model.send(message); }
  get span() { return this.end - this.start; }
  get width() { return Math.max(this.w - LEFT - EDGE, 50); }
  x(t) { return LEFT + ((t - this.start) / this.span) * this.width; }
  t(x) { return this.start + ((x - LEFT) / this.width) * this.span; }

  // -- what is on the page
  build() {
    const button = (text, title, act) => make("button", { textContent: text, title, type: "button", onclick: act });
    const labelled = (words, node) => make("label", { className: "field" }, `${words} `, node);
    this.provider = make("select", {}, ...this.facts.providers.map(([name, title]) => make("option", { value: name, textContent: title })));
    this.provider.onchange = () => this.put("provider", this.provider.value);
    this.status = make("div", { className: "status" });
    this.sliders = make("div", { className: "sliders" });
    this.about = make("div", { className: "about" });
    this.undo = button("↶ Undo", "take the last step back (Ctrl+Z)", () => this.ask({ do: "undo" }));
    this.redo = button("↷ Redo", "take it again (Ctrl+Shift+Z)", () => this.ask({ do: "redo" }));
    this.name = make("input", { type: "text", placeholder: "name", size: 14, title: "what to call this setting; empty: its values" });
    this.keep = button("Keep", "keep this setting as a column of the table", () => { this.commit(); this.ask({ do: "keep", name: this.name.value }); this.name.value = ""; });
    this.kept = make("div", { className: "kept" });
    this.path = make("input", { type: "text", size: 26, title: "the file to write; its evidence stands beside it" });
    this.path.onchange = () => this.put("path", this.path.value);
    const write = button("Export", "check the setting and write it as the provider takes it", () => { this.put("path", this.path.value); this.commit(); this.ask({ do: "export" }); });
    this.says = make("div", { className: "says" });
    this.says.setAttribute("role", "status");
    this.filter = make("input", { type: "search", placeholder: "part of a name", size: 16, title: "list only what has this in its name" });
    this.filter.oninput = () => this.ranked();
    this.none = make("div", { className: "none" });
    this.list = make("div", { className: "list", tabIndex: 0 });
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", "what to look at, the worst under this setting first");
    this.bar = make("progress", { max: 1 });
    this.doing = make("span", {});
    this.halt = button("Stop", "stop scoring; what is scored stays", () => this.ask({ do: "stop" }));
    this.resume = button("Score the rest", "compute the speech scores that are missing", () => this.ask({ do: "score" }));
    this.work = make("div", { className: "work" }, this.bar, this.doing, this.halt, this.resume);
    this.head = make("div", { className: "head" });
    this.base = make("canvas", {});
    this.over = make("canvas", { tabIndex: 0 });
    const help = make("div", { className: "help", id: `tuner-help-${Math.random().toString(36).slice(2)}` },
      ...PICTURE_KEYS.flatMap(({ shown, says }) => [make("kbd", { textContent: shown }), ` ${says}  `]), make("div", { textContent: HELP }));
    for (const [name, value] of Object.entries({ role: "application", "aria-label": "what the detector decides", "aria-describedby": help.id })) this.over.setAttribute(name, value);
    this.stage = make("div", { className: "stage" }, this.base, this.over);
    this.key = make("div", { className: "legend" });
    this.charts = make("div", { className: "charts" });
    this.plane = make("div", { className: "plane" });
    this.stands = make("div", { className: "stands" });
    this.table = make("table", {});
    this.scroll = make("div", { className: "scroll", tabIndex: 0 }, this.table);
    this.on = make("div", { className: "on", textContent: "The table goes on at the right: scroll it, or Shift and wheel, or → once it is clicked." });
    this.few = make("table", { className: "few" });
    const controls = make("div", { className: "controls" }, labelled("provider", this.provider), this.sliders, this.few, this.status, this.about,
      make("div", { className: "line" }, this.undo, this.redo, this.name, this.keep), this.kept,
      make("div", { className: "line" }, labelled("file", this.path), write), this.says);
    const shown = make("div", { className: "shown" }, make("div", { className: "caption" }, make("span", { textContent: "Worst first under this setting: choose what to look at" }), labelled("show", this.filter)), this.list, this.none, this.work);
    this.root = make("div", { className: "bargein-tuner", dataset: { lmSuppressShortcuts: "true" } },
      make("div", { className: "top" }, controls, shown), this.head, this.key, this.stage, help, this.charts, this.plane, this.on, this.scroll);
    this.el.append(this.root);
  }

  offer() { // the provider's sliders: range, step, start, and what cannot be set there
    this.rows.clear();
    this.provider.value = this.model.get("provider");
    this.path.value = this.model.get("path");
    this.sliders.replaceChildren(...this.model.get("controls").map((control) => this.row(control)));
    this.about.textContent = "";
    this.show();
  }

  row(control) {
    const id = `tuner-${control.name}-${Math.random().toString(36).slice(2)}`, digits = control.step < 1 ? 2 : 0;
    const { low, high, step } = control, whole = digits === 0;
    const slide = make("input", { type: "range", id, min: low, max: high, step: whole ? 1 : step, disabled: !control.settable, title: control.about });
    const number = make("input", { type: "number", min: control.least, max: control.most ?? "", step: whole ? 1 : step, disabled: !control.settable, title: `${WORDS[control.name]}: ${inRange(control)}` });
    const label = make("label", { htmlFor: id, textContent: WORDS[control.name], title: control.about });
    const tidy = (v) => Number(clamp(v, low, high).toFixed(digits));
    const near = (v) => (v <= low || v >= high ? v : Math.round(v / step) * step);
    slide.oninput = () => this.set(control.name, tidy(near(slide.valueAsNumber)));
    slide.onchange = () => this.commit();
    slide.onkeydown = (e) => {
      const value = Number(slide.value), up = ["ArrowRight", "ArrowUp", "PageUp"].includes(e.key);
      const by = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: 1, ArrowDown: 1, PageUp: 10, PageDown: 10 }[e.key];
      const to = e.key === "Home" ? low : e.key === "End" ? high : !by ? null
        : up ? (Math.floor(value / step + 1e-6) + by) * step : (Math.ceil(value / step - 1e-6) - by) * step;
      if (to === null || e.ctrlKey || e.metaKey || e.altKey) return;
      e.preventDefault();
      this.set(control.name, tidy(to));
      this.commit();
    };
    number.onchange = () => {
      const typed = number.valueAsNumber, fits = typed >= control.least && typed <= (control.most ?? Infinity) && (!whole || Number.isInteger(typed));
      this.told();
      if (fits) { this.set(control.name, typed); this.commit(); }
      else this.say(`${WORDS[control.name]}: ${Number.isFinite(typed) ? typed : "what was typed"} cannot be set, ${inRange(control)}; it stays as it was`);
      this.show();
    };
    const title = make("div", { className: "title" }, label), parts = [title, slide, number];
    let follows = null;
    if (!control.settable) {
      label.tabIndex = 0;
      title.append(make("span", { className: "note", textContent: "not a setting there" }));
    } else if (control.name === "exit_threshold") {
      follows = make("input", { type: "checkbox" });
      follows.onchange = () => { this.set(control.name, follows.checked ? null : Number(slide.value)); this.commit(); };
      title.append(make("label", { className: "note", title: "0.15 under the threshold, as Silero's gate" }, follows, " follows"));
    }
    const row = make("div", { className: "row", dataset: { name: control.name, settable: control.settable } }, ...parts);
    for (const [name, said] of [["pointerenter", control.about], ["focusin", control.about]]) row.addEventListener(name, () => { this.about.textContent = `${WORDS[control.name]}: ${said}`; });
    for (const node of [slide, number]) node.setAttribute("aria-description", control.about);
    this.rows.set(control.name, { control, slide, number, follows });
    return row;
  }

  show() { // the controls say what is set
    for (const [name, { slide, number, follows, control }] of this.rows) {
      const value = this.now[name] ?? this.leave();
      if (slide.valueAsNumber !== value) slide.value = value; // what is set anew is laid out anew
      if (number.valueAsNumber !== value) number.value = control.step < 1 ? Math.abs(value.toFixed(2) - value) < 1e-6 ? value.toFixed(2) : value : value;
      if (follows) follows.checked = this.now[name] === null;
    }
    this.spotted();
  }

  map() { // what the recordings can say of each setting: drawn once for a provider, only the mark moves
    const chart = this.model.get("plane");
    if (!chart.shapes) return;
    const figure = chartOf(chart), mark = () => draws("circle", { r: 5.5, class: "spot" });
    this.spot = draws("g", {}, mark());
    figure.over.append(this.spot);
    const here = make("span", { className: "chip" }, figure.swatch(draws("g", { transform: "translate(11 7)" }, mark())), this.stands);
    figure.querySelector(".legend").prepend(here);
    this.mapped = figure;
    this.plane.replaceChildren(figure);
    this.spotted();
  }
  spotted() {
    if (!this.mapped) return;
    const [x, y] = this.mapped.place(this.now.silence_duration_ms, this.now.threshold);
    this.spot.setAttribute("transform", `translate(${x.toFixed(1)} ${y.toFixed(1)})`);
  }

  // -- what is set
  put(name, value) { this.model.set(name, value); this.model.save_changes(); }
  leave() { return this.facts.one_threshold.includes(this.model.get("provider")) ? this.now.threshold : exitOf(this.now.threshold, this.now.exit_threshold); }
  set(name, value) { // while a slider moves: the picture now, the numbers when they have been counted, the newest value only
    if (this.now[name] === value) return;
    this.told(); // what the page itself said is over
    this.now[name] = value;
    if (this.now.exit_threshold !== null && this.now.exit_threshold > this.now.threshold) this.now[name === "threshold" ? "exit_threshold" : "threshold"] = value;
    this.show();
    this.decide();
    for (const each of NAMES) this.model.set(each, this.now[each]);
    this.model.save_changes();
    this.fresh();
  }
  commit() { this.ask({ do: "step", setting: { ...this.now } }); }
  fresh() { // whether the numbers are those of what is set
    const [target, ...values] = this.model.get("answer").setting ?? [];
    const same = target === this.model.get("provider") && values.every((v, i) => v === this.now[NAMES[i]]);
    this.root.dataset.fresh = same;
  }

  // -- what Python says
  listen() {
    const on = (name, act) => { const f = () => act(); this.model.on(`change:${name}`, f); this.off.push(() => this.model.off(`change:${name}`, f)); };
    for (const name of NAMES) on(name, () => { if (this.now[name] !== this.model.get(name)) { this.now[name] = this.model.get(name); this.show(); this.decide(); this.fresh(); } });
    on("controls", () => this.offer());
    on("provider", () => { this.provider.value = this.model.get("provider"); this.decide(); });
    on("path", () => { this.path.value = this.model.get("path"); });
    on("plane", () => this.map());
    on("picture", () => this.take());
    on("answer", () => this.answered());
    on("order", () => { clearTimeout(this.later); this.later = setTimeout(() => this.ranked(), 120); }); // not while a slider moves
    on("shown", () => this.chosen());
    on("kept", () => this.keptOnes());
    on("can", () => this.went());
    on("says", () => this.told());
    on("progress", () => this.went());
    const messages = (message, buffers) => this.receive(message, buffers);
    this.model.on("msg:custom", messages);
    this.off.push(() => this.model.off("msg:custom", messages));
    const sized = new ResizeObserver(() => this.resize()), themed = new MutationObserver(() => this.resize());
    sized.observe(this.stage);
    themed.observe(document.body, { attributes: true });
    this.off.push(() => sized.disconnect(), () => themed.disconnect());
    this.root.addEventListener("keydown", (e) => this.command(e));
    this.over.addEventListener("keydown", (e) => this.pictureKey(e));
    this.list.addEventListener("keydown", (e) => this.listKey(e));
    for (const name of ["focus", "blur"]) this.over.addEventListener(name, () => { this.focused = name === "focus"; this.drawOver(); });
    this.over.addEventListener("wheel", (e) => this.wheel(e), { passive: false });
    for (const name of ["down", "move", "up"]) this.over.addEventListener(`pointer${name}`, (e) => this[name](e));
  }

  told() {
    const { text, good, where } = this.model.get("says");
    this.say(text, good, where);
  }
  say(text, good = false, where = "") { if (this.says.textContent !== text) Object.assign(this.says, { textContent: text, className: `says ${good ? "good" : "bad"}`, title: where }); }

  went() { // undo, redo, and work in the background
    const can = this.model.get("can"), p = this.model.get("progress");
    this.undo.disabled = !can.undo;
    this.redo.disabled = !can.redo;
    const some = p.all > 0 && (p.running || p.done < p.all);
    this.work.hidden = !some;
    if (!some) return;
    this.bar.value = p.share;
    this.doing.textContent = `${p.done} of ${p.all} sessions scored${p.said ? `: ${p.said}` : ""}`;
    this.halt.hidden = !p.running;
    this.resume.hidden = p.running;
  }

  keptOnes() {
    this.kept.replaceChildren(...this.model.get("kept").map((name) => make("span", { className: "chip" },
      make("button", { type: "button", textContent: name, title: "go back to it", onclick: () => this.ask({ do: "recall", name }) }),
      make("button", { type: "button", textContent: "×", title: `keep ${name} no longer`, onclick: () => this.ask({ do: "drop", name }) }))));
  }

  answered() {
    const a = this.model.get("answer");
    if (!a.charts) return;
    this.status.textContent = a.status.join("; ");
    this.stands.textContent = `this setting is ${a.stands}`;
    a.charts.forEach((chart, i) => { // what has not changed is not painted anew
      const text = JSON.stringify(chart), old = this.charts.children[i];
      if (old?.made === text) return;
      const figure = Object.assign(chartOf(chart), { made: text });
      if (old) old.replaceWith(figure); else this.charts.append(figure);
    });
    this.tabled(this.table, ["lower is better", ...a.columns, "rests on", "clusters", "basis"], a.rows.map((r) => [r.name, ...r.cells, r.n, r.clusters, r.basis]));
    this.tabled(this.few, ["lower is better", ...a.key.columns], a.key.rows);
    this.wide();
    this.root.dataset.answered = a.label;
    this.fresh();
  }

  wide() { this.on.hidden = this.scroll.scrollWidth <= this.scroll.clientWidth + 1; }

  tabled(table, heads, rows) { // cells that say something else now; all of them anew where their number is another
    const shape_ = `${heads.length} ${rows.length}`, cell = (i, tag) => Object.assign(make(tag, { className: i === 1 ? "here" : heads[i] === "basis" ? "basis" : "" }), tag === "th" ? { scope: i < 0 ? "row" : "col" } : {});
    if (table.dataset.shape !== shape_) {
      table.dataset.shape = shape_;
      table.replaceChildren(make("thead", {}, make("tr", {}, ...heads.map((_, i) => cell(i, "th")))),
        make("tbody", {}, ...rows.map(() => make("tr", {}, ...heads.map((_, i) => (i ? cell(i, "td") : cell(-1, "th")))))));
    }
    [heads, ...rows].forEach((row, r) => row.forEach((text, i) => {
      const node = table.rows[r].cells[i];
      if (node.textContent !== String(text)) node.textContent = text;
    }));
  }

  ranked() {
    const order = this.model.get("order");
    this.entries ??= new Map();
    const wanted = this.filter.value.trim().toLowerCase(), listed = order.filter(([name]) => name.toLowerCase().includes(wanted));
    this.listed = listed.map(([name]) => name);
    this.none.textContent = order.length && !listed.length ? "no name has that in it" : wanted ? `${listed.length} of ${order.length}` : "";
    const nodes = listed.map(([name, wrong, text]) => {
      let entry = this.entries.get(name);
      if (!entry) {
        entry = make("div", { className: "entry", title: name, onclick: () => this.put("shown", name), dataset: { name } }, make("b", {}), make("span", {}));
        entry.setAttribute("role", "option");
        this.entries.set(name, entry);
      }
      const [title, said] = entry.children;
      if (title.textContent !== name) title.textContent = name;
      if (said.textContent !== text) said.textContent = text;
      entry.dataset.wrong = wrong > 0;
      return entry;
    });
    if (nodes.some((node, i) => this.list.children[i] !== node) || nodes.length !== this.list.children.length) {
      const at = this.list.scrollTop; // what is on top of the list stays the worst of what one looks at
      this.list.replaceChildren(...nodes);
      this.list.scrollTop = at;
    }
    this.root.dataset.ranked = order.length;
    this.chosen();
  }

  chosen() {
    for (const [name, entry] of this.entries ?? []) entry.setAttribute("aria-selected", name === this.model.get("shown"));
  }

  receive(message, buffers) {
    if (message.is !== "window") return;
    this.asking = false;
    if (message.number === this.number) { this.detail = this.outlined(message, buffers[0]); this.draw(); }
  }

  // -- what is looked at
  outlined(o, data) { return o && { ...o, data: signed(data), step: (o.end - o.start) / o.columns }; }

  take() {
    const p = this.model.get("picture");
    if (p.number === undefined) return;
    const again = this.name_ === p.title;
    Object.assign(this, { number: p.number, picture: p, length: p.length_ms, detail: null, asking: false, name_: p.title });
    if (!again) [this.start, this.end] = [0, p.length_ms];
    this.outline = this.outlined(p.outline, p.outline?.data);
    this.values = null;
    if (p.scores) {
      const raw = bytesOf(p.scores.values).slice().buffer;
      this.values = p.scores.single ? new Float32Array(raw) : new Float64Array(raw);
      this.levels = pyramid(this.values);
    }
    this.head.replaceChildren(make("strong", { textContent: p.title }), make("div", { textContent: [p.said, p.note].filter(Boolean).join(" · ") }));
    this.chosen();
    this.decide();
    this.resize();
    this.root.dataset.shown = this.number;
  }

  decide() {
    if (this.values) {
      const rule = { enter: this.now.threshold, leave: this.leave(), silence_duration_ms: this.now.silence_duration_ms,
        prefix_padding_ms: this.now.prefix_padding_ms, min_speech_ms: this.now.min_speech_ms };
      this.found = applied(this.values, this.picture.scores, rule, this.picture.turns);
    } else this.found = null;
    this.drawOver();
    this.root.dataset.decided = Number(this.root.dataset.decided ?? 0) + 1;
  }

  resize() {
    this.wide();
    if (!this.picture) return;
    const rows = { labels: TALL.labels + LABEL_TALL * Math.max(0, ...this.picture.labels.map((l) => l[3])) }, lanes = new Set((this.outline?.names ?? []).map(([lane]) => lane));
    for (const lane of ["user", "heard"]) if (lanes.has(lane)) rows[lane] = TALL[lane];
    if (this.values) Object.assign(rows, { score: TALL.score, decided: TALL.decided });
    let top = TOP;
    this.place = {};
    for (const [name, height] of Object.entries(rows)) { this.place[name] = { top, height, mid: top + height / 2 }; top += height + BETWEEN; }
    this.h = top;
    this.w = this.stage.clientWidth || 900;
    const dense = window.devicePixelRatio || 1;
    for (const canvas of [this.base, this.over]) {
      const [width, height] = [Math.round(this.w * dense), Math.round(this.h * dense)];
      if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
      canvas.style.height = `${this.h}px`;
    }
    this.stage.style.height = `${this.h}px`;
    const css = getComputedStyle(this.root);
    this.look_ = { ink: css.color, faint: css.getPropertyValue("--faint") || "#777", line: css.getPropertyValue("--line") || "#ccc", focus: css.getPropertyValue("--focus") || "#1976d2" };
    this.legend();
    this.draw();
  }

  legend() {
    const bar = (colour, words, opacity = 1) => make("span", { className: "chip" }, make("i", { style: { background: colour, opacity } }), words);
    const glyph = (marker, words, filled, colour = this.look_.ink) => {
      const c = make("canvas", { width: 28, height: 28 }), g = c.getContext("2d");
      g.scale(2, 2); shape(g, marker, 7, 7, 4, { colour, filled });
      return make("span", { className: "chip" }, c, words);
    };
    const rule = this.facts.rule, kinds = new Set((this.outline?.names ?? []).filter(([lane]) => lane === "user" || lane === "heard").map(([, kind]) => kind));
    const labels = [...new Set(this.picture.labels.map(([kind]) => kind))].map((kind) => this.facts.looks[kind]).filter(Boolean);
    this.key.replaceChildren(...labels.map((look) => bar(groundOf(look), look.words)), ...[...kinds].map((kind) => bar(this.facts.sound[kind].colour, this.facts.sound[kind].words)),
      ...(this.values ? [bar(SPEAKS, rule.speech.words), bar(SPEAKS, rule.kept.words, 0.4), glyph(">", rule.starts.words, true), glyph("<", rule.stops.words, false),
        glyph("X", "a turn is cut off", true, CUT)] : []));
  }

  context(canvas) {
    const c = canvas.getContext("2d"), dense = window.devicePixelRatio || 1;
    c.setTransform(dense, 0, 0, dense, 0, 0);
    c.clearRect(0, 0, this.w, this.h);
    c.font = "11px system-ui, sans-serif";
    c.textBaseline = "middle";
    return c;
  }

  draw() { // what no slider moves
    if (!this.place) return;
    const c = this.context(this.base), { ink, faint, line } = this.look_, step = tickStep(this.span, this.width);
    c.strokeStyle = line; c.lineWidth = 1; c.textAlign = "center"; c.fillStyle = faint;
    for (let t = Math.ceil(this.start / step) * step; t <= this.end; t += step) {
      const x = Math.round(this.x(t)) + 0.5;
      c.beginPath(); c.moveTo(x, TOP - 3); c.lineTo(x, this.h); c.stroke();
      if (x > LEFT + 12 && x < this.w - EDGE - 12) c.fillText(clock(t, step), x, TOP / 2);
    }
    c.textAlign = "left";
    c.fillText("min:s", 4, TOP / 2);
    for (const [name, row] of Object.entries(this.place)) {
      c.fillStyle = ink; c.fillText(LANES[name], 4, row.mid);
      c.strokeStyle = line; c.beginPath(); c.moveTo(LEFT, row.top + row.height + 2.5); c.lineTo(this.w - EDGE, row.top + row.height + 2.5); c.stroke();
    }
    c.save();
    c.beginPath(); c.rect(LEFT, 0, this.width, this.h); c.clip();
    this.drawLabels(c, this.place.labels);
    for (const lane of ["user", "heard"]) if (this.place[lane]) this.wave(c, lane, this.place[lane]);
    if (this.place.score) this.scored(c, this.place.score);
    c.restore();
    this.need();
    this.drawOver();
  }

  drawLabels(c, row) {
    for (const [kind, from, to, deep] of this.picture.labels) {
      if (to < this.start || from > this.end) continue;
      const x = Math.max(this.x(from), LEFT - 2), wide = Math.max(Math.min(this.x(to), this.w) - x, 2), y = row.top + deep * LABEL_TALL, look = this.facts.looks[kind] ?? { colour: this.look_.faint, words: kind };
      c.fillStyle = look.hatch ? c.createPattern(hatched(HATCH_INK, look.hatch[0], look.colour), "repeat") : look.colour;
      c.fillRect(x, y + 1, wide, LABEL_TALL - 3);
      c.fillStyle = "#111";
      if (wide > c.measureText(look.words).width + 8) c.fillText(look.words, x + 4, y + LABEL_TALL / 2);
    }
  }

  wave(c, lane, row) {
    const d = this.detail, fits = d && d.start <= this.start && d.end >= Math.min(this.end, this.length), b = fits ? d : this.outline;
    b.names.forEach(([where, kind], n) => {
      if (where !== lane) return;
      const lo = 2 * n * b.columns, hi = lo + b.columns, y = (v) => row.mid - (v / LOUDEST) * (row.height / 2 - 1);
      const first = Math.max(Math.floor((this.start - b.start) / b.step), 0), last = Math.min(Math.ceil((this.end - b.start) / b.step), b.columns);
      c.fillStyle = this.facts.sound[kind].colour;
      for (let i = first; i < last; i++) {
        if (b.data[lo + i] === SILENT) continue;
        const left = Math.floor(this.x(b.start + i * b.step)), right = Math.max(Math.floor(this.x(b.start + (i + 1) * b.step)), left + 1), top = y(b.data[hi + i]);
        c.fillRect(left, top, right - left, Math.max(y(b.data[lo + i]) - top, 1));
      }
    });
  }

  need() { // a finer outline of the window and its surroundings, one question at a time
    if (!this.outline || this.asking) return;
    const ideal = this.span / this.width, d = this.detail, held = d && d.start <= this.start && d.end >= Math.min(this.end, this.length) && d.step <= ideal * 1.15;
    if (held || this.outline.step <= ideal * 1.15) return;
    this.asking = true;
    const start = Math.floor(Math.max(this.start - this.span, 0)), end = Math.ceil(Math.min(this.end + this.span, this.length));
    this.ask({ do: "window", start, end, columns: Math.ceil((end - start) / ideal) });
  }

  scored(c, row) { // lowest and highest score of each column, from the coarsest step that is fine enough
    const s = this.picture.scores, hop = (s.hop * 1000) / s.rate, perPixel = this.span / this.width / hop;
    let level = 0;
    while (level + 1 < this.levels.length && FINER ** (level + 1) <= perPixel) level++;
    const { lo, hi } = this.levels[level], wide = hop * FINER ** level, y = (v) => row.top + row.height - 2 - v * (row.height - 4);
    const first = Math.max(Math.floor((this.start - s.origin_ms) / wide), 0), last = Math.min(Math.ceil((this.end - s.origin_ms) / wide), lo.length);
    c.fillStyle = this.look_.ink;
    c.globalAlpha = perPixel > 8 ? 0.45 : 1; // a band, through which the thresholds are seen
    let before = null;
    for (let i = first; i < last;) {
      const x = Math.floor(this.x(i * wide + s.origin_ms));
      let low = lo[i], high = hi[i];
      for (i++; i < last && Math.floor(this.x(i * wide + s.origin_ms)) === x; i++) { if (lo[i] < low) low = lo[i]; if (hi[i] > high) high = hi[i]; }
      const right = Math.max(Math.floor(this.x(i * wide + s.origin_ms)), x + 1);
      const [top, bottom] = before ? [Math.min(y(high), before[1]), Math.max(y(low), before[0])] : [y(high), y(low)];
      c.fillRect(x, top, right - x, Math.max(bottom - top, 1.4));
      before = [y(high), y(low)];
    }
    c.globalAlpha = 1;
  }

  drawOver() { // what the sliders move
    if (!this.place) return;
    const c = this.context(this.over), { ink, faint, focus } = this.look_, f = this.found, { score, decided } = this.place;
    if (f && score) {
      c.save();
      c.beginPath(); c.rect(LEFT, 0, this.width, this.h); c.clip();
      c.fillStyle = SPEAKS;
      this.spans(c, f.spoken, 0.22, score.top, score.height);
      this.spans(c, f.spoken, 1, decided.top + 6, decided.height - 12);
      this.spans(c, f.kept, 0.4, decided.top + 6, decided.height - 12);
      const y = (v) => score.top + score.height - 2 - v * (score.height - 4);
      c.lineWidth = 1.4; c.strokeStyle = ink;
      for (const [value, dash] of [[this.now.threshold, []], [this.leave(), [5, 3]]]) {
        c.setLineDash(dash); c.beginPath(); c.moveTo(LEFT, y(value)); c.lineTo(this.w, y(value)); c.stroke();
      }
      c.setLineDash([]);
      const arrows = (times, marker, filled) => this.marks(times, 7, (x) => shape(c, marker, x, decided.mid, 4, { colour: ink, filled }));
      arrows(f.starts, ">", true);
      arrows(f.stops, "<", false);
      c.fillStyle = CUT;
      const many = (firstAt(f.cuts, this.end) - firstAt(f.cuts, this.start)) * 10 > this.width; // they would hide everything
      const top = many ? decided.top : TOP;
      this.marks(f.cuts, 2, (x) => c.fillRect(Math.round(x), top, 2, decided.top + decided.height - top));
      this.marks(f.cuts, 12, (x) => shape(c, "X", x + 1, decided.mid, 5, { colour: CUT, filled: true }));
      c.restore();
    } else { c.fillStyle = faint; c.fillText(this.picture?.note ?? "", LEFT + 8, this.h - 12); }
    if (this.focused) { c.strokeStyle = focus; c.lineWidth = 2; c.strokeRect(1, 1, this.w - 2, this.h - 2); }
  }

  // Whole pixels and one rectangle at a time: a path of a thousand of them takes a hundred times as long to paint.
  spans(c, list, alpha, top, height) {
    let lo = 0, hi = list.length;
    while (lo < hi) { const mid = (lo + hi) >> 1; if (list[mid][1] < this.start) lo = mid + 1; else hi = mid; }
    c.globalAlpha = alpha;
    for (let done = 0; lo < list.length && list[lo][0] <= this.end; lo++) { // what shares a pixel is painted once
      const x = Math.max(Math.round(this.x(list[lo][0])), done), right = Math.max(Math.round(this.x(list[lo][1])), Math.round(this.x(list[lo][0])) + 1);
      if (right > x) { c.fillRect(x, top, right - x, height); done = right; }
    }
    c.globalAlpha = 1;
  }

  marks(times, apart, put) {
    for (let i = firstAt(times, this.start), before = -99; i < times.length && times[i] <= this.end; i++) {
      const x = this.x(times[i]);
      if (x - before >= apart) { put(x); before = x; }
    }
  }

  // -- looking
  look(start, end) {
    const span = clamp(end - start, Math.min(LEAST_VIEW, this.length), this.length);
    this.start = clamp(start, 0, this.length - span);
    this.end = this.start + span;
    this.frame ??= requestAnimationFrame(() => { this.frame = null; this.draw(); });
  }
  pan(ms) { this.look(this.start + ms, this.end + ms); }
  zoom(by, about = (this.start + this.end) / 2) {
    const span = clamp(this.span * by, Math.min(LEAST_VIEW, this.length), this.length), share = (about - this.start) / this.span;
    this.look(about - share * span, about + (1 - share) * span);
  }
  step(by) {
    const cuts = this.found?.cuts ?? [], middle = (this.start + this.end) / 2;
    const to = by > 0 ? cuts.find((t) => t > middle + 1) : cuts.findLast((t) => t < middle - 1);
    if (to !== undefined) { const span = Math.min(this.span, Math.max(this.length / 4, 6000)); this.look(to - span / 2, to + span / 2); }
  }

  // -- keyboard and pointer
  command(e) {
    e.stopPropagation(); // the notebook's shortcuts stay out
    const typing = e.target.tagName === "INPUT" && ["text", "search"].includes(e.target.type);
    if (!(e.ctrlKey || e.metaKey) || typing) return;
    const found = COMMANDS.find(({ match }) => match(e));
    if (found) { e.preventDefault(); this.ask({ do: found.does }); }
  }
  pictureKey(e) {
    if (e.ctrlKey || e.metaKey || e.altKey) return;
    const entry = PICTURE_KEYS.find(({ keys }) => keys.includes(e.key));
    if (entry) { e.preventDefault(); entry.act(this, e); }
  }
  listKey(e) {
    const names = this.listed, here = names.indexOf(this.model.get("shown"));
    const to = { ArrowDown: here + 1, ArrowUp: here - 1, Home: 0, End: names.length - 1, PageDown: here + 8, PageUp: here - 8 }[e.key];
    if (to === undefined || !names.length) return;
    e.preventDefault();
    const name = names[clamp(to, 0, names.length - 1)];
    this.put("shown", name);
    const entry = this.entries.get(name), list = this.list;
    list.scrollTop = clamp(list.scrollTop, entry.offsetTop + entry.offsetHeight - list.clientHeight, entry.offsetTop);
  }
  wheel(e) {
    if (!this.focused && !e.ctrlKey) return; // else the notebook scrolls
    e.preventDefault();
    const unit = e.deltaMode === 1 ? 30 : e.deltaMode === 2 ? 300 : 1;
    if (e.shiftKey || Math.abs(e.deltaX) > Math.abs(e.deltaY)) this.pan(((e.deltaX || e.deltaY) * unit * this.span) / this.width);
    else this.zoom(Math.exp(clamp(e.deltaY * unit, -300, 300) * 0.0022), this.t(e.offsetX));
  }
  down(e) {
    if (e.button) return;
    this.over.focus({ preventScroll: true });
    this.over.setPointerCapture(e.pointerId);
    this.drag = { x: e.offsetX, start: this.start, end: this.end };
  }
  move(e) {
    if (!this.drag) return;
    const by = ((e.offsetX - this.drag.x) / this.width) * this.span;
    this.look(this.drag.start - by, this.drag.end - by);
  }
  up() {
    this.drag = null;
    setTimeout(() => this.over.focus({ preventScroll: true })); // a notebook gives it to the cell that was clicked
  }
  close() { this.off.forEach((f) => f()); clearTimeout(this.later); cancelAnimationFrame(this.frame); }
}

function inRange({ least, most, step }) { // what may be typed
  return `${step < 1 ? "" : "whole, "}${most === null ? `${least} or more` : `${least} to ${most}`}`;
}

function pyramid(values) { // lowest and highest of 1, 4, 16, … frames
  const levels = [{ lo: values, hi: values }];
  while (levels.at(-1).lo.length > 512) {
    const { lo, hi } = levels.at(-1), n = Math.ceil(lo.length / FINER), next = { lo: new Float32Array(n), hi: new Float32Array(n) };
    for (let i = 0; i < n; i++) {
      let low = lo[i * FINER], high = hi[i * FINER];
      for (let k = i * FINER + 1; k < Math.min((i + 1) * FINER, lo.length); k++) { if (lo[k] < low) low = lo[k]; if (hi[k] > high) high = hi[k]; }
      next.lo[i] = low; next.hi[i] = high;
    }
    levels.push(next);
  }
  return levels;
}

export default { render({ model, el }) { const tuner = new Tuner(model, el); return () => tuner.close(); } };
