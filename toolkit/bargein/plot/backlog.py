"""Heard against generated: how far the provider is ahead of the ear, and what of it never arrives there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from bargein.ledger import Heard, Ledger
from bargein.outcome import Outcome
from bargein.plot.chart import Chart, Line, Points, Shape
from bargein.plot.material import AS_RECORDED, Material
from bargein.plot.palette import GREY, SOUND, VERMILLION
from bargein.plot.session import title_of
from bargein.session import Session
from bargein.units import ms_of, seconds

Steps = tuple[list[float], list[float]]


def backlog_chart(shown: Session | Outcome) -> Chart:
    """Add up the agent's sound as it was generated and as it was heard.

    Parameters
    ----------
    shown
        A session as recorded, or a replay's outcome.

    Returns
    -------
    Seconds of sound over session time. The distance between the lines, upwards, is what waits or was thrown away; a
    cut is where the lower line stops rising although the upper one has not been reached.
    """
    material = Material.of(shown)
    end = material.session.info.length_ms
    shapes: list[Shape] = []
    generated, heard = _arrived(material.generated, end), _heard(material.heard, end)
    if generated[1][-1]:
        shapes.append(Line("generated, when it arrived", *generated, SOUND["arrived"].colour, width=2.2))
    if heard is not None:
        shapes.append(Line("heard", *heard, SOUND["heard"].colour, width=2.2))
    most = max(generated[1][-1], heard[1][-1] if heard else 0.0, 1.0)
    cuts = [seconds(at) for at in material.biting()] if material.policy != AS_RECORDED else []
    shapes += [Line("cut", (at, at), (0, most), VERMILLION, dashed=True, width=0.9) for at in cuts]
    shapes += [Points("cut", cuts, [0.0] * len(cuts), VERMILLION, "X")] * bool(cuts)
    if not shapes:
        nothing = "no sound was logged, and nothing is known of what was heard"
        shapes.append(Line(nothing, (0, seconds(end)), (0, 0), GREY))
    return Chart(
        "How far is the provider ahead of the ear?", " ".join(_said(material, generated, heard)),
        "session time (s)", "seconds of the agent's sound so far", tuple(shapes), x_range=(0, seconds(end)),
        y_range=(-0.02 * most, 1.05 * most),
    )  # fmt: skip


def _said(material: Material, generated: Steps, heard: Steps | None) -> Iterator[str]:
    yield f"{material.session.id}, {title_of(material)}: {generated[1][-1]:.1f} s generated,"
    if heard is None:
        yield "of what was heard nothing is known."
        return
    between = f", at most {ahead(generated, heard):.1f} s between the two" * bool(generated[1][-1])
    yield f"{heard[1][-1]:.1f} s heard{between}; heard: {material.heard.basis if material.heard else 'channel'}."


def _arrived(generated: Ledger, end: int) -> Steps:
    """Each piece as a step at the time it arrived."""
    x, y, total = [0.0], [0.0], 0
    for row in sorted(generated.rows, key=lambda row: row.at):
        x += [seconds(row.at)] * 2
        y += [seconds(ms_of(total, generated.rate)), seconds(ms_of(total + row.samples, generated.rate))]
        total += row.samples
    return _until(x, y, end)


def _heard(heard: Heard | None, end: int) -> Steps | None:
    """Each stretch as a slope of one second a second."""
    if heard is None:
        return None
    x, y, total = [0.0], [0.0], 0
    for span in heard.timeline():
        x += [seconds(span.start), seconds(span.end)]
        y += [seconds(total), seconds(total + span.ms)]
        total += span.ms
    return _until(x, y, end)


def _until(x: list[float], y: list[float], end: int) -> Steps:
    return [*x, max(seconds(end), x[-1])], [*y, y[-1]]


def ahead(generated: Steps, heard: Steps) -> float:
    """Give the most sound that ever lay between the two lines, seconds: waiting to be heard, or thrown away.

    Examples
    --------
    >>> ahead(([0, 1, 1, 4], [0, 0, 3, 3]), ([0, 1, 4], [0, 0, 3]))
    3.0
    """
    points = list(zip(*heard, strict=True))
    return max(y - _at(points, x) for x, y in zip(*generated, strict=True))


def _at(points: Sequence[tuple[float, float]], x: float) -> float:
    for (a, low), (b, high) in pairwise(points):
        if a <= x <= b:
            return low + (high - low) * (x - a) / (b - a) if b > a else low
    return points[-1][1]
