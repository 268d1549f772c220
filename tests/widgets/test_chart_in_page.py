"""The page draws the map that Python made: every part where it lies, and the mark of a setting within it."""

from __future__ import annotations

from importlib.resources import files

from bargein.plot.known import answerable_chart, parts
from bargein.plot.onpage import chart_data
from bargein.settings import ServerVad
from bargein.tuning.answerable import NOT_ANSWERABLE, Answerable, Area, Limit

KNOWN = Answerable(
    "OpenAI Realtime", ServerVad(0.5, 300, 500), 0.2,
    (Limit("ends", NOT_ANSWERABLE, "longer than any hold", silence=(Area(over=320),)),), (0.4, 0.5, 0.6),
)  # fmt: skip
#: Where the bars of the picture lie, what the legend says, and where three settings would: one inside, two beyond.
LOOK = """(chart) => { const figure = chartOf(chart), number = (node, name) => Number(node.getAttribute(name));
  document.body.append(figure);
  const all = (of) => [...figure.querySelectorAll(of)];
  return { bars: all(":scope > svg .bar").map((b) => ["x", "y", "width", "height"].map((n) => number(b, n))),
    legend: all(".legend .chip").map((chip) => chip.textContent),
    hatched: all(":scope > svg .hatch").length,
    places: [[320, 0.5], [9000, 0.5], [0, 0.01]].map(([x, y]) => figure.place(x, y)) }; }"""


def test_the_page_draws_the_parts_where_they_lie(lab, chromium):
    """To scale, hatched where nothing is answerable; a setting beyond the picture is marked at its edge."""
    chart = chart_data(answerable_chart(KNOWN))
    scripts = [(files("bargein.widgets") / "page" / name).read_text("utf-8") for name in ("small.js", "chart.js")]
    with lab.browser(chromium) as opened:
        page = opened.new_page()
        for script in scripts:
            page.add_script_tag(content=script)
        found = page.evaluate(LOOK, chart)
    (x0, x1), (y0, y1) = chart["x_range"], chart["y_range"]
    wide, tall = 560 - 46 - 48, 300 - 18 - 42
    expected = [
        [46 + wide * (p.left - x0) / (x1 - x0), 18 + tall * (y1 - p.high) / (y1 - y0),
         wide * (p.right - p.left) / (x1 - x0), tall * (p.high - p.low) / (y1 - y0)]
        for p in sorted(parts(KNOWN, x1), key=lambda p: p.left)
    ]  # fmt: skip
    assert 2 == len(expected) == len(found["bars"])
    assert [[round(v, 3) for v in bar] for bar in expected] == [[round(v, 3) for v in bar] for bar in found["bars"]]
    assert 1 == found["hatched"]
    assert "a   longer than any hold" in found["legend"]
    assert [[46 + wide * 320 / x1, 18 + tall / 2], [46 + wide, 18 + tall / 2], [46, 18 + tall]] == [
        [round(v, 3) for v in place] for place in found["places"]
    ]
