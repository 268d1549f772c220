"""``bargein report``: a session or a folder of sessions as one page that stands alone."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bargein.cli import show
from bargein.cli.recordings import EVERY, AsJson, Folder, Overwrite, Policies, names


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("report")(report)


def report(
    folder: Folder,
    out: Annotated[Path | None, typer.Option(help="File to write; default: out/NAME.html.")] = None,
    policy: Policies = EVERY,
    shown: Annotated[int, typer.Option(min=0, help="Sessions of a folder that are shown whole, the worst first.")] = 3,
    overwrite: Overwrite = False, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Write one HTML file: pictures, tables, findings and a timeline that needs no kernel, no network and no Python.

    Example: bargein report data/sessions/openai-22-no-interrupt-repeated --out out/late.html
    """
    import bargein as bi

    target = Path("out") / f"{folder.resolve().name}.html" if out is None else out
    made = bi.report(folder, target, policies=names(policy), shown=shown, overwrite=overwrite)
    size = made.stat().st_size
    if as_json:
        show.data({"file": str(made), "bytes": size})
    else:
        show.lines(f"wrote {made}, {size / 1e6:.1f} MB")
