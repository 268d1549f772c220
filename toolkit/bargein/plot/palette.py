"""Colours and words of every picture, as tables: one colour means one thing throughout.

Okabe and Ito's colours, told apart with the usual colour deficiencies; what differs only in shade differs in place or
hatching too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

INK, GREY, PALE = "#222222", "#6B6B6B", "#DDDDDD"
ORANGE, SKY, GREEN, YELLOW = "#E69F00", "#56B4E9", "#009E73", "#F0E442"
BLUE, VERMILLION, PURPLE = "#0072B2", "#D55E00", "#CC79A7"
#: For lines that have no meaning of their own, in the order of the style sheet (``bargein.mplstyle``).
CYCLE = (BLUE, VERMILLION, GREEN, ORANGE, PURPLE, SKY, GREY)


@dataclass(frozen=True, slots=True)
class Look:
    """How a kind of thing is drawn, and what the legend calls it."""

    colour: str
    words: str
    marker: str = ""
    hatch: str = ""
    filled: bool = True


#: Sound, by what became of it.
SOUND: Mapping[str, Look] = {
    "user": Look(BLUE, "user"),
    "arrived": Look("#8CCFBB", "generated"),
    "unheard": Look("#C4C4C4", "never heard", hatch="/////"),
    "heard": Look("#00795A", "heard"),
    "over": Look(ORANGE, "heard over the user"),
    "leaked": Look(VERMILLION, "heard after its cut: leak"),
}

#: Events of a log. What the user did is blue, what the provider did is green.
MARKS: Mapping[str, Look] = {
    "speech_started": Look(BLUE, "speech_started", ">"),
    "speech_stopped": Look(BLUE, "speech_stopped", "<", filled=False),
    "local_started": Look(PURPLE, "local VAD: start", ">"),
    "local_stopped": Look(PURPLE, "local VAD: stop", "<", filled=False),
    "response_created": Look(GREEN, "response.created", "o", filled=False),
    "audio_done": Look(GREEN, "audio.done", "D"),
    "response_done": Look(GREEN, "response.done", "s"),
    "cut": Look(VERMILLION, "cut", "X"),
}

#: Lines of a hatch over a label's colour: dark, to be seen on any of them; weak, so that words stay legible.
HATCH_INK = "#00000050"
#: Labels of the user's track: what a person, or the script of a composed session, says is there. Any two may stand
#: side by side, so two with the same hatch, or none, differ in colour for every eye (``tests/plot/test_palette.py``).
LABELS: Mapping[str, Look] = {
    "interruption": Look(PURPLE, "interruption"),
    "backchannel": Look(YELLOW, "backchannel"),
    "tic": Look(ORANGE, "tic"),
    "noise": Look("#BBBBBB", "noise", hatch="...."),
    "echo": Look("#8CCFBB", "echo", hatch="||||"),
    "side_talk": Look(SKY, "side talk"),
    "hold": Look("#D9D9D9", "pause", hatch="\\\\\\\\"),
    "turn": Look("#B8D4E8", "turn"),
    "speech": Look("#B8D4E8", "speech", hatch="////"),
}

#: What a detection rule decided, on the lane of its scores: dark, as the thresholds.
RULE: Mapping[str, Look] = {
    "speech": Look("#DCEAF4", "taken for speech"),
    "kept": Look("#F1F1F1", "prefix kept", hatch="...."),
    "starts": Look(INK, "rule: start known", ">"),
    "stops": Look(INK, "rule: end known", "<", filled=False),
}

#: What recordings can say of a setting: told apart by shade too, and by hatching.
STANDINGS: Mapping[str, Look] = {
    "answered": Look("#8CC7E8", "a recommendation may stand here"),
    "bounded": Look("#FBE3A2", "too little to show it, extrapolated, or known to one side only"),
    "not answerable": Look("#DADADA", "what is counted here is no evidence", hatch="//"),
}
