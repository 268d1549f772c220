// The page's side of bargein.widgets.Timeline: draws what the kernel packed, plays what it sends, asks for more.
// It computes nothing that is shown: times, texts, outlines and labels all come from Python. Text from data is set as
// text (textContent, fillText), never as markup.

// ---- tables
const GUTTER = 132, RIGHT = 10, AXIS = 22, GAP = 5;
const HEIGHTS = { user: 62, generated: 40, heard: 74, score: 58, events: 62, findings: 24 };
const LABEL_ROW = 17;
const NOTHING = -128, FULL = 127;
const SHORTEST_VIEW = 50; // ms
const STILL = 90, OFTEN = 250; // ms: a finer outline is asked for once nothing moves, or so often while it does
const [PLAIN, BOLD, SMALL] = ["11px", "600 11px", "10px"].map((size) => `${size} system-ui, sans-serif`);
const TAKEOVER = 250; // ms ahead of the playhead: where another lane takes over
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
  { keys: ["1", "2", "3", "4", "5", "6", "7", "8", "9"], shown: "1 … 9", says: "hear that lane", where: (f) => f.voices.length,
    act: (d, e) => d.hear(Number(e.key) - 1) },
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

function hatched(colour, way) {
  const tile = make("canvas", { width: 6, height: 6 }), g = tile.getContext("2d");
  g.strokeStyle = colour; g.lineWidth = 1.6;
  if (way < 0) { g.translate(6, 0); g.scale(-1, 1); }
  g.beginPath(); for (const d of [-6, 0, 6]) { g.moveTo(d - 1, 7); g.lineTo(d + 7, -1); } g.stroke();
  return tile;
}
