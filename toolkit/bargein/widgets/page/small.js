// Small things that every widget's script stands on: it comes first.

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

// Grounds that differ in shape, not in shade: dense rising lines, and a wide net; and those of labels, by how matplotlib
// names them.
const HATCHES = { unheard: { size: 6, line: 1.6, ways: [1] }, unknown: { size: 9, line: 1.1, ways: [1, -1] },
  "/": { size: 6, line: 1, ways: [1] }, "\\": { size: 6, line: 1, ways: [-1] }, "|": { size: 4, line: 1, bars: [1] }, ".": { size: 4, dots: [1] } };
const HATCH_INK = "#00000050"; // over a label's colour, as palette.py

function hatched(colour, kind, ground = "transparent") {
  const { size, line, ways = [], bars = [], dots = [] } = HATCHES[kind], tile = make("canvas", { width: size, height: size }), g = tile.getContext("2d");
  g.fillStyle = ground; g.fillRect(0, 0, size, size);
  g.fillStyle = g.strokeStyle = colour; g.lineWidth = line;
  for (const x of bars) g.fillRect(x, 0, line, size);
  for (const at of dots) g.fillRect(at, at, 1.5, 1.5);
  g.beginPath();
  for (const way of ways) for (const d of [-size, 0, size]) { // one line of three crosses the tile, two its corners
    const at = (x) => (way > 0 ? x : size - x);
    g.moveTo(at(d - 1), size + 1); g.lineTo(at(d + size + 1), -1);
  }
  g.stroke();
  return tile;
}

// The ground of a label in a legend, as CSS takes it.
const groundOf = ({ colour, hatch }) => (hatch ? `url(${hatched(HATCH_INK, hatch[0], colour).toDataURL()})` : colour);

// The keys that move a picture, while it has the focus; the help line is made of such a table.
const MOVES = [
  { keys: ["ArrowLeft", "ArrowRight"], shown: "← →", says: "pan (Shift: a screen)",
    act: (d, e) => d.pan((e.key === "ArrowLeft" ? -1 : 1) * (e.shiftKey ? 1 : 0.12) * d.span) },
  { keys: ["ArrowUp", "+", "="], shown: "↑ +", says: "zoom in", act: (d) => d.zoom(1 / 1.4) },
  { keys: ["ArrowDown", "-"], shown: "↓ −", says: "out", act: (d) => d.zoom(1.4) },
  { keys: ["0"], shown: "0", says: "all", act: (d) => d.look(0, d.length) },
  { keys: ["Home", "End"], shown: "Home End", says: "first, last screen",
    act: (d, e) => (e.key === "Home" ? d.look(0, d.span) : d.look(d.length - d.span, d.length)) },
];
