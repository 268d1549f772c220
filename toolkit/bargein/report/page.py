"""The report: one HTML file that needs nothing else, built from tables, pictures and sentences."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from pathlib import Path

from bargein.report.tables import Table

STYLE = """
:root { --ink: #1b1f24; --soft: #57606a; --line: #d8dee4; --paper: #fff; --tint: #f6f8fa; --link: #0b5cad;
  --shade: #0006; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6edf3; --soft: #9aa4af; --line: #30363d; --paper: #0d1117; --tint: #161b22; --link: #79b8ff;
    --shade: #fff6; }
  img { background: #fff; border-radius: 4px; }
}
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); margin: 0 auto;
       max-width: 92rem; padding: 1.5rem; }
h1 { font-size: 1.7rem; line-height: 1.25; margin: .5rem 0; }
h2 { margin-top: 2.5rem; border-top: 1px solid var(--line); padding-top: 1rem; }
p, li { max-width: 62rem; } .note, figcaption { color: var(--soft); font-size: .86rem; }
.wide { overflow-x: auto; scrollbar-width: thin; background: /* a shadow where more lies at that side */
  linear-gradient(to right, var(--paper) 30%, transparent) left / 3rem 100% no-repeat local,
  linear-gradient(to left, var(--paper) 30%, transparent) right / 3rem 100% no-repeat local,
  linear-gradient(to right, var(--shade), transparent) left / 1.1rem 100% no-repeat scroll,
  linear-gradient(to left, var(--shade), transparent) right / 1.1rem 100% no-repeat scroll; }
table { border-collapse: collapse; font-size: .84rem; margin: .5rem 0; }
caption { text-align: left; font-weight: 600; padding: .3rem 0; }
caption span { position: sticky; left: 0; display: inline-block; max-width: calc(min(92rem, 100vw) - 4rem); }
th, td { padding: .25rem .45rem; text-align: left; border-bottom: 1px solid var(--line); vertical-align: top; }
td { white-space: nowrap; } td.prose { white-space: normal; min-width: 13rem; overflow-wrap: anywhere; }
th { background: var(--tint); font-weight: 600; } .n { text-align: right; font-variant-numeric: tabular-nums; }
figure { margin: 1rem 0; } img { max-width: 100%; height: auto; } pre { background: var(--tint); padding: .7rem;
white-space: pre-wrap; font-size: .82rem; } a { color: var(--link); } nav a { margin-right: 1rem; }
summary { cursor: pointer; color: var(--link); }
@media print { nav { display: none; } h2 { break-before: auto; } table { break-inside: avoid; } }
"""


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG and what it shows."""

    file: Path
    caption: str

    def to_html(self) -> str:
        """Give a figure that holds the picture itself."""
        data = base64.b64encode(self.file.read_bytes()).decode()
        caption = escape(self.caption)
        image = f'<img alt="{caption}" src="data:image/png;base64,{data}">'
        return f"<figure>{image}<figcaption>{caption}</figcaption></figure>"


@dataclass(frozen=True, slots=True)
class Section:
    """One question with its answer: sentences, pictures, tables, then all the figures, folded, as lines of text."""

    title: str
    says: tuple[str, ...] = ()
    pictures: tuple[Picture, ...] = ()
    tables: tuple[Table, ...] = ()
    lines: tuple[str, ...] = ()

    @property
    def anchor(self) -> str:
        """Name to link to."""
        return "".join(c if c.isalnum() else "-" for c in self.title.lower())

    def to_html(self) -> str:
        """Give the section as HTML; all text is escaped."""
        parts = [f'<section id="{self.anchor}"><h2>{escape(self.title)}</h2>']
        parts += [f"<p>{escape(s)}</p>" for s in self.says]
        parts += [p.to_html() for p in self.pictures]
        parts += [t.to_html() for t in self.tables]
        if self.lines:
            text = escape("\n".join(self.lines))
            parts.append(f"<details><summary>All figures</summary><pre>{text}</pre></details>")
        return "\n".join([*parts, "</section>"])


def page(title: str, lead: Iterable[str], sections: Iterable[Section]) -> str:
    """Give the whole page."""
    every = list(sections)
    nav = "".join(f'<a href="#{s.anchor}">{escape(s.title)}</a>' for s in every)
    intro = "".join(f"<p>{escape(s)}</p>" for s in lead)
    body = "\n".join(s.to_html() for s in every)
    return shell(title, f"{intro}<nav>{nav}</nav>{body}")


def shell(title: str, body: str, head: str = "") -> str:
    """Give a page around a body of HTML; ``head`` is HTML, too, and comes last in its head."""
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" '
        f'content="width=device-width"><title>{escape(title)}</title><style>{STYLE}</style>{head}</head>'
        f"<body><h1>{escape(title)}</h1>{body}</body></html>\n"
    )
