// The page's side of bargein.widgets.Timeline: draws what the kernel packed, plays what it sends, asks for more.
// It computes nothing that is shown: times, texts, outlines and labels all come from Python. Text from data is set as
// text (textContent, fillText), never as markup.

// ---- tables
const GUTTER = 132, RIGHT = 10, AXIS = 22, GAP = 5;
const HEIGHTS = { user: 62, generated: 40, heard: 74, score: 58, events: 62, findings: 24 };
const LABEL_ROW = 17;
const NOTHING = -128, FULL = 127;
const SHORTEST_VIEW = 50; // ms
// ms: a finer outline is asked for once nothing moves, or so often while it does. Seldom: whenever a kernel is busy and
// idle again, the notebook's page lays itself out and paints anew, which costs the picture a frame or two.
const STILL = 90, OFTEN = 500;
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
const UNKNOWN = 0.5; // how strong the net is behind which nothing can be said
const SPEECH = "#56B4E9"; // taken for speech: light, over a light or a dark page
const TITLES = { labels: "labels", score: "speech score", events: "events", findings: "findings" };

// What the keyboard does while the picture has the focus. The help line is made of this table.
const KEYS = [
  ...MOVES,
  { keys: [" "], shown: "Space", says: "play, pause", act: (d) => d.toggle() },
  { keys: ["1", "2", "3", "4", "5", "6", "7", "8", "9"], shown: "1 … 9", says: (f) => `hear ${f.voices.map((title, n) => `${n + 1} ${title}`).join(", ")}`, where: (f) => f.voices.length,
    act: (d, e) => d.hear(Number(e.key) - 1) },
  { keys: ["n", "p"], shown: "n p", says: "next, previous of the chosen lane", act: (d, e) => d.step(e.key === "n" ? 1 : -1) },
  { keys: ["a"], shown: "a", says: "add a label", act: (d) => d.addLabel() },
  { keys: ["k"], shown: "k", says: "its next kind", act: (d) => d.nextKind() },
  { keys: [",", ".", "<", ">", ";", ":"], shown: ", .", says: "move it 10 ms (Shift: its end)",
    act: (d, e) => d.nudge(",<;".includes(e.key) ? -10 : 10, "<>;:".includes(e.key)) },
  { keys: ["Delete", "Backspace"], shown: "Del", says: "remove it", act: (d) => d.removeLabel() },
  { keys: ["Escape"], shown: "Esc", says: "select nothing", act: (d) => d.pick([]) },
];
// Where a key is typed, chooses or scrolls, it does that; on a button these press it.
const TYPED = "input, select, textarea, pre, .wide", PRESSED = [" ", "Enter"];
const MOUSE = "Wheel zooms once the picture has the focus (Shift: pans) · drag pans · click selects · drag in the label "
  + "row draws, moves or resizes a label · Shift+drag marks a stretch";
