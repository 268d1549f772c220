"""What may stand side by side is told apart by every eye, and what is written on it can be read."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from bargein.plot.palette import INK, LABELS
from bargein.session.model import LABEL_KINDS

#: What each eye makes of linear red, green, blue: Machado, Oliveira and Fernandes 2009, severity 1.
EYES = {
    "usual": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}
XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
WHITE = XYZ @ np.ones(3)
#: Distance in CIE L*a*b* (1976) that nobody overlooks between two areas; about 2 is the least that can be seen.
FAR = 15
#: Of words of this size on their ground: WCAG 2, 1.4.3.
LEGIBLE = 4.5


def linear(colour):
    """Linear red, green and blue of a hexadecimal colour."""
    values = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def seen(colour, eye):
    """A colour's place in CIE L*a*b*, as that eye sees it."""
    light = XYZ @ np.clip(np.array(EYES[eye]) @ linear(colour), 0, 1) / WHITE
    x, y, z = np.where(light > (6 / 29) ** 3, np.cbrt(light), light * (29 / 6) ** 2 / 3 + 4 / 29)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def contrast(colour, other):
    """The ratio of two luminances, by WCAG 2."""
    light, dark = sorted((XYZ[1] @ linear(colour), XYZ[1] @ linear(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_every_kind_of_label_has_a_look():
    """Also a pause, which is no label but drawn as one."""
    assert {*LABEL_KINDS, "hold"} == set(LABELS)


@pytest.mark.parametrize("eye", EYES)
@pytest.mark.parametrize(("kind", "other"), list(combinations(LABELS, 2)), ids="-".join)
def test_two_labels_are_told_apart(kind, other, eye):
    """By their hatch, or far enough by colour; nobody has to tell them by their words."""
    one, two = LABELS[kind], LABELS[other]
    assert one.hatch != two.hatch or np.linalg.norm(seen(one.colour, eye) - seen(two.colour, eye)) > FAR


@pytest.mark.parametrize("kind", LABELS)
def test_words_on_a_label_can_be_read(kind):
    """Dark on light, whatever the theme of the page: a label has its own ground."""
    assert contrast(LABELS[kind].colour, INK) > LEGIBLE


def test_a_known_distance():
    """Black and white are as far as L* goes, and one colour twice is no distance."""
    assert [0, 100] == [
        round(float(np.linalg.norm(seen("#FFFFFF", "usual") - seen(c, "usual")))) for c in ("#FFFFFF", "#000000")
    ]
    assert 21 == round(contrast("#FFFFFF", "#000000"))
