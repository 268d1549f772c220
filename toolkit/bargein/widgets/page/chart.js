// Draws a chart that Python made (bargein.plot.chart, as plain data): bars, lines, points and words on two axes. It
// computes nothing that is shown but where it lies. Text is set as text.

const SVG = "http://www.w3.org/2000/svg";
const CHART = { width: 560, height: 300, left: 46, right: 48, top: 18, bottom: 42 };
const DASHES = "5 3", POINT = 1.25; // pixels of a point

function draws(tag, props = {}, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(props)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

function niceTicks([low, high], most = 6) {
  const raw = (high - low) / most, ten = 10 ** Math.floor(Math.log10(raw || 1));
  const step = [1, 2, 5, 10].map((k) => k * ten).find((s) => s >= raw) ?? raw, found = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9; k++) found.push(Number((k * step).toPrecision(10)));
  return found;
}

function rangeOf(chart, axis) {
  const given = chart[`${axis}_range`];
  if (given) return given;
  const all = chart.shapes.flatMap((s) => [s[axis]].flat()).filter((v) => typeof v === "number");
  return all.length ? [Math.min(...all, 0), Math.max(...all) || 1] : [0, 1];
}

function mark(shape, r, x, y) {
  if (shape.marker === "D") return `M${x} ${y - r}L${x + r} ${y}L${x} ${y + r}L${x - r} ${y}Z`;
  return `M${x - r} ${y}a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0Z`;
}

function rising(x, y, wide, tall, apart = 9) { // a bar's hatching: lines that rise to the right, as matplotlib's //
  let path = "";
  for (let d = Math.ceil((x + y) / apart) * apart; d < x + wide + y + tall; d += apart) { // where x + y = d
    const x0 = Math.max(x, d - y - tall), x1 = Math.min(x + wide, d - y);
    path += `M${x0.toFixed(1)} ${(d - x0).toFixed(1)}L${x1.toFixed(1)} ${(d - x1).toFixed(1)}`;
  }
  return path;
}

function barOf(s, x, y, wide, tall) {
  const bar = draws("rect", { x, y, width: wide, height: tall, class: "bar", style: `--of: ${s.colour}` });
  return s.hatch ? draws("g", {}, bar, draws("path", { d: rising(x, y, wide, tall), class: "hatch" })) : bar;
}

let clips = 0;

function chartOf(chart) {
  const { width, height, left, right, top, bottom } = CHART, id = `bargein-clip-${clips++}`;
  const [x0, x1] = rangeOf(chart, "x"), [y0, y1] = rangeOf(chart, "y");
  const x = (v) => left + ((v - x0) / (x1 - x0 || 1)) * (width - left - right);
  const y = (v) => height - bottom - ((v - y0) / (y1 - y0 || 1)) * (height - top - bottom);
  const paint = (shape) => shape.colour || "currentColor";
  const inside = draws("g", { "clip-path": `url(#${id})` }), over = draws("g");
  const svg = draws("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `${chart.title} ${chart.notes}` });
  svg.append(draws("clipPath", { id }, draws("rect", { x: left, y: top, width: width - left - right, height: height - top - bottom })));
  const text = (words, px, py, props = {}) => svg.append(Object.assign(draws("text", { x: px, y: py, ...props }), { textContent: words }));
  for (const v of niceTicks([x0, x1], 8)) {
    svg.append(draws("line", { class: "grid", x1: x(v), x2: x(v), y1: top, y2: height - bottom }));
    text(v, x(v), height - bottom + 14, { "text-anchor": "middle", class: "tick" });
  }
  for (const v of niceTicks([y0, y1])) {
    svg.append(draws("line", { class: "grid", x1: left, x2: width - right, y1: y(v), y2: y(v) }));
    text(v, left - 5, y(v) + 4, { "text-anchor": "end", class: "tick" });
  }
  text(chart.x_title, (left + width - right) / 2, height - 8, { "text-anchor": "middle" });
  text(chart.y_title, 0, 0, { "text-anchor": "middle", transform: `translate(12 ${(top + height - bottom) / 2}) rotate(-90)` });
  svg.append(inside, over);
  const legend = new Map();
  for (const s of chart.shapes) {
    if (s.is === "Bars") {
      s.rows.forEach((row, i) => {
        const left_ = x(s.starts[i]), top_ = y(s.lift - row + s.height / 2);
        inside.append(barOf(s, left_, top_, x(s.starts[i] + s.lengths[i]) - left_, y(s.lift - row - s.height / 2) - top_));
      });
      if (s.words && !legend.has(s.words)) legend.set(s.words, barOf(s, 1, 1, 20, 12));
    } else if (s.is === "Line") {
      const at = [...s.x].map((v, i) => (v === null || s.y[i] === null ? null : [x(v), y(s.y[i])]));
      const path = at.map((p, i) => (p ? `${i && at[i - 1] ? "L" : "M"}${p[0].toFixed(1)} ${p[1].toFixed(1)}` : "")).join("");
      const look = { fill: "none", stroke: paint(s), "stroke-width": s.width * POINT, opacity: s.faint ? 0.3 : 1, "stroke-linejoin": "round" };
      inside.append(draws("path", { d: path, ...look, ...(s.dashed ? { "stroke-dasharray": DASHES } : {}) }));
      const dots = at.filter(Boolean).map((p) => `M${p[0].toFixed(1)} ${p[1].toFixed(1)}h0`).join("");
      if (s.dots) inside.append(draws("path", { d: dots, fill: "none", stroke: paint(s), "stroke-width": 4.2, "stroke-linecap": "round" }));
      if (s.words && !legend.has(s.words)) legend.set(s.words, draws("path", { d: "M1 7h20", ...look, ...(s.dashed ? { "stroke-dasharray": DASHES } : {}) }));
    } else if (s.is === "Points") {
      const r = s.size * 0.62 * POINT, look = { fill: s.filled ? paint(s) : "none", stroke: paint(s), "stroke-width": 1.6 };
      over.append(draws("path", { d: s.x.map((v, i) => mark(s, r, x(v), y(s.y[i]))).join(""), ...look, class: "point" }));
      if (s.words && !legend.has(s.words)) legend.set(s.words, draws("path", { d: mark(s, Math.min(r, 5), 11, 7), ...look }));
    } else if (s.is === "Words") {
      const [dx, dy] = s.shift, edge = { "": x(s.x), inside: width - right, outside: width - right }[s.at_edge];
      const props = { x: edge + dx * POINT, y: y(s.y) - (s.at_edge === "outside" ? -4 : dy * POINT), fill: paint(s) };
      const anchor = s.at_edge === "inside" ? { "text-anchor": "end" } : {}, bold = s.bold ? { "font-weight": 600 } : {};
      over.append(Object.assign(draws("text", { ...props, ...anchor, ...bold }), { textContent: s.text }));
    }
  }
  const place = (vx, vy) => [x(clamp(vx, x0, x1)), y(clamp(vy, y0, y1))]; // where a value lies, or the edge it is beyond
  const swatch = (node) => draws("svg", { viewBox: "0 0 22 14", class: "swatch", "aria-hidden": "true" }, node);
  const figure = make("figure", {}, make("figcaption", {}, make("strong", { textContent: chart.title }), make("div", { textContent: chart.notes })),
    svg, make("div", { className: "legend" }, ...[...legend].map(([words, node]) => make("span", { className: "chip" }, swatch(node), make("span", { textContent: words })))));
  return Object.assign(figure, { place, over, swatch });
}
