// ---- the picture: rows, axis, outlines, marks, labels; what moves them is desk.js
// A screen may show an hour of 60,000 events, so what is drawn follows the screen's columns, not the session: outlines
// are bands of whole columns, marks are stamped and never nearer than they can be told apart, text is measured once.
class Picture {
  get span() { return this.end - this.start; }
  get width() { return Math.max(this.w - GUTTER - RIGHT, 50); }
  get playhead() { return this.player.playing ? this.player.now() : this.model.get("playhead"); }
  x(t) { return GUTTER + ((t - this.start) / this.span) * this.width; }
  t(x) { return this.start + ((x - GUTTER) / this.width) * this.span; }

  get hearing() { return this.model.get("hearing"); }
  voice(lane) { return this.facts.voices.length && lane.startsWith("heard/") ? Number(lane.slice(6)) : -1; }

  rows() { // the rows that are there: top and height of each
    const labels = this.model.get("shown_labels"), deep = Math.max(1, ...labels.map((l) => l.row + 1));
    const heights = { labels: deep * LABEL_ROW + 4 };
    for (const strip of this.facts.strips) heights[strip.lane] = HEIGHTS[strip.shape];
    if (this.model.get("score").enter !== undefined) heights.score = HEIGHTS.score;
    heights.events = HEIGHTS.events;
    if (!this.facts.voices.length) heights.findings = HEIGHTS.findings;
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
    if (dense !== this.dense) Object.assign(this, { dense, stamps: new Map() });
    this.canvas.style.height = `${this.h}px`;
    this.dirty();
  }

  bundle(header, data) {
    const at = new Map(header.names.map(([lane, kind], n) => [`${lane} ${kind}`, 2 * n * header.columns]));
    return { ...header, at, data: signed(data), step: (header.end - header.start) / header.columns };
  }

  dirty() { this.frame ??= requestAnimationFrame(() => { this.frame = null; this.draw(); }); }

  colours() { // as the theme has them, and whether they are others; asked for seldom: the page is laid out to tell
    const now = performance.now(), css = now - this.asked < 400 ? null : getComputedStyle(this.root);
    if (!css?.color) return false; // not on the page yet
    const own = (name, other) => css.getPropertyValue(name) || other;
    const found = { ink: css.color, faint: own("--faint", "#888"), line: own("--line", "#ccc"), focus: own("--focus", "#1976d2") };
    const others = found.ink !== this.ink || found.faint !== this.faint;
    Object.assign(this, found, { asked: now }, others ? { stamps: new Map(), hatches: new Map() } : {});
    return others;
  }

  draw() {
    const c = this.canvas.getContext("2d"), at = this.place, f = this.facts;
    if (this.colours()) this.sayLegend();
    c.setTransform(this.dense, 0, 0, this.dense, 0, 0);
    c.clearRect(0, 0, this.w, this.h);
    c.font = PLAIN;
    c.textBaseline = "middle";
    this.axis(c);
    for (const [name, row] of Object.entries(at)) this.named(c, name, row);
    c.save();
    c.beginPath(); c.rect(GUTTER, 0, this.width, this.h); c.clip();
    if (at.score) this.scored(c, at.score);
    for (const strip of f.strips) this.sound(c, strip, at[strip.lane]);
    this.drawLabels(c, at.labels);
    this.drawMarks(c, at.events);
    if (at.findings) this.drawFindings(c, at.findings);
    this.drawCuts(c);
    this.drawPicked(c);
    c.restore();
    if (this.focused) { c.strokeStyle = this.focus; c.lineWidth = 2; c.strokeRect(1, 1, this.w - 2, this.h - 2); }
    this.head_(c);
    this.need();
    if (this.player.playing) this.playing();
  }

  axis(c) {
    const step = tickStep(this.span, this.width);
    c.textAlign = "center";
    for (let t = Math.ceil(this.start / step) * step; t <= this.end; t += step) {
      const x = Math.round(this.x(t));
      c.fillStyle = this.line; c.fillRect(x, AXIS - 3, 1, this.h - GAP - AXIS + 3);
      c.fillStyle = this.faint;
      if (x > GUTTER + 12 && x < this.w - RIGHT - 12) c.fillText(clock(t, step), x, AXIS / 2);
    }
    c.textAlign = "left";
    c.fillText("min:s", 4, AXIS / 2);
  }

  named(c, name, row) {
    const strip = this.facts.strips.find((s) => s.lane === name), s = this.model.get("score");
    const note = strip ? strip.note : name === "score" ? `enter ${s.enter} (line), exit ${s.exit} (dashed)` : "";
    const voice = this.voice(name), heard = voice >= 0 && voice === this.hearing;
    if (heard) { c.fillStyle = this.focus; c.globalAlpha = 0.16; c.fillRect(0, row.top, GUTTER - 2, row.height); c.globalAlpha = 1; c.fillStyle = this.focus; c.fillRect(0, row.top, 3, row.height); }
    c.fillStyle = this.ink; c.textAlign = "left"; c.font = BOLD;
    const title = voice < 0 ? strip?.title ?? TITLES[name] : `${voice + 1} · ${strip.title}${heard ? " ♪" : ""}`;
    const lines = this.fitted(c, title, GUTTER - 12, note ? 2 : 1);
    let y = note ? row.mid - 8 - 6 * (lines.length - 1) : row.mid;
    for (const part of lines) { c.fillText(part, 4, y); y += 13; }
    c.font = SMALL; c.fillStyle = this.faint;
    if (note) for (const part of this.fitted(c, note, GUTTER - 12, 2)) { c.fillText(part, 4, y + 1); y += 11; }
    c.fillStyle = this.line; c.fillRect(GUTTER, row.top + row.height + 2, this.w - RIGHT - GUTTER, 1);
    c.font = PLAIN;
  }

  wide(c, text) { // width of a text, measured once
    const key = c.font + text;
    if (!this.widths.has(key)) { if (this.widths.size > 5000) this.widths.clear(); this.widths.set(key, c.measureText(text).width); }
    return this.widths.get(key);
  }

  fitted(c, text, room, most) { // broken into lines, the last of which may say that more would follow
    const lines = [""];
    for (const word of text.split(" ")) {
      const tried = lines.at(-1) ? `${lines.at(-1)} ${word}` : word;
      if (this.wide(c, tried) <= room) lines[lines.length - 1] = tried; else lines.push(word);
    }
    const shown = lines.filter(Boolean);
    return shown.length > most ? [...shown.slice(0, most - 1), `${shown[most - 1]} …`] : shown;
  }

  cutText(c, text, x, y, room) { // as much as there is room for, nothing where that says nothing
    if (room < 12) return;
    let shown = text;
    while (shown.length > 3 && this.wide(c, shown) > room) shown = `${shown.slice(0, -2)}…`;
    if (this.wide(c, shown) <= room) c.fillText(shown, x, y);
  }

  tint(c, row, from, to, colour, alpha) {
    if (to < this.start || from > this.end) return;
    const x = this.x(from);
    c.globalAlpha = alpha; c.fillStyle = colour; c.fillRect(x, row.top, Math.max(this.x(to) - x, 3), row.height); c.globalAlpha = 1;
  }

  hatch(c, colour, kind, ground) { // rising lines: it was never heard; a net: of that nothing can be said; on a label its kind
    const key = `${colour} ${kind} ${ground}`;
    if (!this.hatches.has(key)) this.hatches.set(key, c.createPattern(hatched(colour, kind, ground), "repeat"));
    return this.hatches.get(key);
  }

  stamp(c, look, r, x, y) { // a mark, drawn once and then copied
    const key = `${look.marker} ${look.colour} ${look.filled} ${r}`, size = 2 * Math.ceil(r + 3);
    if (!this.stamps.has(key)) {
      const wide = Math.ceil(size * this.dense), made = make("canvas", { width: wide, height: wide }), g = made.getContext("2d");
      g.scale(wide / size, wide / size); shape(g, look.marker, size / 2, size / 2, r, look);
      this.stamps.set(key, made);
    }
    const whole = (v) => Math.round((v - size / 2) * this.dense) / this.dense;
    c.drawImage(this.stamps.get(key), whole(x), whole(y), size, size);
  }

  sound(c, strip, row) {
    for (const [from, to] of strip.leaks) this.tint(c, row, from, to, this.facts.sound.leaked.colour, 0.22);
    for (const [from, to] of strip.unknown) this.tint(c, row, from, to, this.hatch(c, this.ink, "unknown"), UNKNOWN);
    c.fillStyle = this.line; c.fillRect(GUTTER, Math.round(row.mid), this.width, 1);
    for (const kind of ORDER.filter((k) => strip.kinds.includes(k))) {
      const look = this.facts.sound[kind];
      c.fillStyle = look.hatch ? this.hatch(c, this.faint, kind) : look.colour;
      this.bands(c, `${strip.lane} ${kind}`, (v) => row.mid - (v / FULL) * (row.height / 2 - 1), kind === "leaked" ? 2 : 1);
    }
    c.fillStyle = this.faint;
    if (!strip.kinds.some((kind) => this.overview.at.has(`${strip.lane} ${kind}`)) && strip.kinds.length)
      c.fillText(this.root.dataset.sound ? "cannot be read" : "being read …", GUTTER + 6, row.mid);
  }

  bands(c, name, y, ...how) { // from the finest outline that is held, stretch by stretch
    const d = this.detail, o = this.overview;
    if (!d || d.end <= this.start || d.start >= this.end || d.step > o.step) return this.band(c, o, name, this.start, this.end, y, ...how);
    this.band(c, o, name, this.start, d.start, y, ...how);
    this.band(c, d, name, Math.max(d.start, this.start), Math.min(d.end, this.end), y, ...how);
    this.band(c, o, name, d.end, this.end, y, ...how);
  }

  band(c, b, name, from, to, y, least, joined = false) { // columns that share a point of the screen are one, and alike ones one bar
    const lo = b.at.get(name);
    if (lo === undefined || to <= from) return;
    const hi = lo + b.columns, data = b.data, scale = this.width / this.span, offset = GUTTER + (b.start - this.start) * scale, step = b.step * scale;
    const first = Math.max(Math.floor((from - b.start) / b.step), 0), last = Math.min(Math.ceil((to - b.start) / b.step), b.columns);
    let before = null, left = 0, right = 0, low = 0, high = 0; // a line goes on where a waveform starts anew
    const bar = { left: 0, right: 0, top: 0, bottom: 0 }, whole = (v) => Math.round(v * this.dense) / this.dense; // whole points are painted fastest
    const paint = () => { if (bar.right > bar.left) c.fillRect(bar.left, bar.top, bar.right - bar.left, bar.bottom - bar.top); };
    const put = () => {
      let top = y(high), bottom = y(low);
      if (joined && before) [top, bottom] = [Math.min(top, before[1]), Math.max(bottom, before[0])];
      before = [y(high), y(low)];
      top = whole(top); bottom = Math.max(whole(bottom), top + (joined ? 1.6 : 1));
      if (top === bar.top && bottom === bar.bottom && left <= bar.right) { bar.right = right; return; }
      paint();
      Object.assign(bar, { left, right, top, bottom });
    };
    let open = false;
    for (let i = first; i < last; i++) {
      if (data[lo + i] === NOTHING) continue;
      const x = Math.floor(offset + i * step), until = Math.max(Math.floor(offset + (i + 1) * step), x + least);
      if (open && x === left) { low = Math.min(low, data[lo + i]); high = Math.max(high, data[hi + i]); right = Math.max(right, until); continue; }
      if (open) put();
      [open, left, right, low, high] = [true, x, until, data[lo + i], data[hi + i]];
    }
    if (open) put();
    paint();
  }

  scored(c, row) {
    const s = this.model.get("score"), y = (v) => row.top + row.height - 2 - v * (row.height - 4);
    for (const [from, to] of s.speech) this.tint(c, row, from, to, SPEECH, 0.22);
    c.fillStyle = this.ink;
    this.bands(c, "score score", (v) => y(v / FULL), 1, true);
    c.lineWidth = 1;
    for (const [name, dash] of [["enter", []], ["exit", [4, 3]]]) {
      c.strokeStyle = this.faint; c.setLineDash(dash);
      c.beginPath(); c.moveTo(GUTTER, y(s[name])); c.lineTo(this.w, y(s[name])); c.stroke();
    }
    c.setLineDash([]);
    for (const [times, marker] of [[s.starts, ">"], [s.stops, "<"]])
      for (const [x] of this.apart(times, 4)) this.stamp(c, { marker, colour: this.ink, filled: marker === ">" }, 4, x, row.top + 6);
  }

  *apart(times, least) { // places of those that can be told apart, and how many stand there
    const width = this.span / this.width;
    for (let i = firstAt(times, this.start); i < times.length && times[i] <= this.end;) {
      const x = this.x(times[i]), next = Math.max(firstAt(times, times[i] + least * width), i + 1);
      yield [x, next - i];
      i = next;
    }
  }

  drawLabels(c, row) {
    for (const label of this.model.get("shown_labels")) {
      const moved = this.drag?.number === label.number ? this.drag : label;
      const x = this.x(moved.onset_ms), wide = Math.max(this.x(moved.offset_ms) - x, 2), y = row.top + label.row * LABEL_ROW;
      if (x > this.w || x + wide < GUTTER) continue;
      const look = this.facts.labels[label.kind] ?? { colour: this.faint, words: label.kind };
      c.fillStyle = look.hatch ? this.hatch(c, HATCH_INK, look.hatch[0], look.colour) : look.colour;
      c.fillRect(x, y + 1, wide, LABEL_ROW - 3);
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
    for (const [kind, times] of Object.entries(this.marks.by)) {
      const y = this.markY(kind, row), look = this.facts.marks[kind];
      if (look) for (const [x] of this.apart(times, 5)) this.stamp(c, look, 4.5, x, y);
      else { // lines without a mark of their own: ticks, and where they are dense, a bar
        c.fillStyle = this.faint;
        let from = -9, to = -9;
        for (const [x] of this.apart(times, 1)) {
          const at = Math.round(x);
          if (at > to + 1) { if (to > 0) c.fillRect(from, y - 3, to - from, 7); from = at; }
          to = at + 1;
        }
        if (to > 0) c.fillRect(from, y - 3, to - from, 7);
      }
    }
  }

  drawFindings(c, row) { // in order of time, of two at one place the gravest on top and in words
    const grave = Object.keys(SEVERITY), at = (f) => (f.at === null ? GUTTER + 8 : this.x(f.at));
    const found = this.model.get("found").map((f) => [at(f), grave.indexOf(f.severity), f]).sort((a, b) => a[0] - b[0] || b[1] - a[1]);
    found.forEach(([x, , finding], n) => {
      const next = found[n + 1]?.[0] ?? this.w;
      if (x < GUTTER - 8 || x > this.w + 8 || (next - x < 1 && n % 4)) return;
      c.fillStyle = SEVERITY[finding.severity];
      c.beginPath(); c.moveTo(x, row.top + 2); c.lineTo(x + 7, row.mid); c.lineTo(x, row.top + row.height - 2); c.lineTo(x - 7, row.mid); c.fill();
      c.fillStyle = this.ink;
      this.cutText(c, `${finding.severity}: ${finding.rule}`, x + 11, row.mid, next - x - 22);
    });
    c.fillStyle = this.faint;
    if (!found.length) c.fillText(this.root.dataset.findings ? "none" : "being looked for …", GUTTER + 6, row.mid);
  }

  drawCuts(c) { // across all lanes, or each on the lane whose cut it is
    const look = this.facts.marks.cut, y = this.markY("cut", this.place.events), until = this.place.events.top + this.place.events.height;
    for (const [lane, times] of Object.entries(this.cuts)) {
      const row = this.place[lane];
      for (const [x] of this.apart(times, 2)) {
        c.fillStyle = look.colour; c.fillRect(Math.round(x), row ? row.top : AXIS, 1.6, row ? row.height : until - AXIS);
        this.stamp(c, look, 5, x, row ? row.top + 7 : y);
      }
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
    const t = this.playhead, x = this.x(t), said = clock(t, 1);
    if (said !== this.said) this.where.textContent = this.said = said; // a text that is set is laid out anew
    if (x < GUTTER - 1 || x > this.w - RIGHT + 1) return;
    c.fillStyle = this.ink;
    c.fillRect(x - 0.75, AXIS - 6, 1.5, this.h - GAP - AXIS + 6);
    c.beginPath(); c.moveTo(x - 5, AXIS - 9); c.lineTo(x + 5, AXIS - 9); c.lineTo(x, AXIS - 2); c.fill();
  }
}
