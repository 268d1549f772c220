"""Choose and convert the embedded recordings: ``data/prompts/``, ``data/prompts.csv``, ``data/index.json``.

    python scripts/build_prompts.py --packages DIR [--wording FILE]
    python scripts/build_prompts.py --index-only        (after ``bargein compose data/sessions --overwrite``)

``--packages`` is a folder in which Debian's ``asterisk-core-sounds-{en,es,fr,it,ru}-wav`` were unpacked, one subfolder
a package (``apt-get download NAME`` and ``dpkg -x``; nothing needs to be installed). Every recording is 8 kHz, 16 bit,
one channel, and is stored as FLAC with the same samples.

The packages hold no wording. ``--wording`` is upstream's list of the English prompts, ``core-sounds-en.txt`` (name,
colon, words), which is part of the same work under the same licence; without it the words in the present table are
kept. For the other languages there is no list here: ``text`` stays empty, and ``gloss`` gives the English wording of
the prompt of the same name: what it means, not what is said.

Acoustic edges are those of :func:`bargein.audio.edges.speech_spans`: an energy rule, no voice detection.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
from pathlib import Path
from typing import NamedTuple

from bargein.audio import edges, files
from bargein.units import SECOND, ms_covering

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / "data"
SOUNDS = "usr/share/asterisk/sounds"
#: What is embedded, and so has a checksum in the index.
INDEXED = ("prompts", "prompts.csv", "corpora.csv", "scores", "sessions", "LICENSES")


class Voice(NamedTuple):
    """A package: who speaks in it, what for, under which licence (the package's copyright file)."""

    folder: str
    role: str
    speaker: str
    licence: str
    credit: str


ALLISON = "recorded by Allison Smith (theivrvoice.com), funded by Digium"
CARLO = "recorded by Carlo Flora (carloflora.com), translated by Silvia Petrin"
#: Who speaks Russian is not stated; the package's folder says a woman.
VOICES = {
    "en": Voice("en_US_f_Allison", "agent", "Allison Smith", "CC-BY-SA-3.0", ALLISON),
    "es": Voice("es_MX_f_Allison", "agent", "Allison Smith", "CC-BY-SA-3.0", ALLISON),
    "fr": Voice(
        "fr_CA_f_June",
        "user",
        "June Wallack",
        "CC-BY-SA-3.0",
        "recorded by June Wallack (junewallack.com), translated by C. Patry, K. Lalletti and J. Wallack, "
        "funded by Digium, Unlimitel and BGM Informatique",
    ),
    "it": Voice("it_IT_m_Carlo", "user", "Carlo Flora", "CC-BY-3.0", CARLO),
    "ru": Voice("ru_RU_f_IvrvoiceRU", "user", "ivrvoice.ru", "CC-BY-3.0", "provided by Maxim Topal (ivrvoice.ru)"),
}

#: Replies from 2 to 31 s. Long ones matter: generation is several times faster than real time, so only a long reply is
#: still being generated when somebody interrupts it.
AGENT = {
    "long": [
        "priv-callee-options",
        "demo-congrats",
        "basic-pbx-ivr-main",
        "demo-echotest",
        "conf-adminmenu-18",
        "screen-callee-options",
        "demo-abouttotry",
        "vm-msginstruct",
    ],
    "reply": [
        "vm-opts-full",
        "demo-nogo",
        "tt-allbusy",
        "queue-periodic-announce",
        "vm-review",
        "vm-instructions",
        "demo-enterkeywords",
        "dir-instr",
        "vm-newuser",
        "demo-thanks",
        "queue-youarenext",
        "vm-nobox",
        "ss-noservice",
        "followme/status",
        "pbx-invalid",
        "priv-introsaved",
        "privacy-prompt",
        "vm-savefolder",
        "pls-hold-while-try",
    ],
}
AGENT_ES = {"reply": ["vm-nobox"]}
#: The same prompts from each user voice, by length. Nobody says "mm-hm" in a prompt: short words stand in for
#: backchannels and short answers, and the sessions built from them say so.
USER = {
    "word": [
        "vm-no",
        "hello",
        "goodbye",
        "cancelled",
        "im-sorry",
        "auth-thankyou",
        "dictate/pause",
        "vm-Urgent",
        "digits/1",
        "digits/2",
        "digits/3",
        "digits/today",
        "digits/tomorrow",
    ],
    "phrase": [
        "one-moment-please",
        "please-try-again",
        "do-not-disturb",
        "something-terribly-wrong",
        "sorry-youre-having-problems",
        "info-about-last-call",
        "check-number-dial-again",
        "conf-errormenu",
    ],
    "turn": [
        "demo-nomatch",
        "followme/sorry",
        "vm-nonumber",
        "vm-nobodyavail",
        "feature-not-avail-line",
        "conf-onlyperson",
        "ss-noservice",
        "vm-mismatch",
    ],
}
CHOICE = {"en": AGENT, "es": AGENT_ES, "fr": USER, "it": USER, "ru": USER}
COLUMNS = [
    *("file", "lang", "role", "use", "speaker", "speech_style", "seconds", "onset_ms", "offset_ms", "text", "gloss"),
    *("package", "version", "path", "sha256", "licence", "attribution"),
]
#: Slips of the upstream list; the recordings do not have them.
SLIPS = {"umute": "unmute", "represenatives": "representatives", " thru ": " through "}


def wording(path: Path | None, table: Path) -> dict[str, str]:
    """Give the English words of each prompt: from upstream's list, else from the present table."""
    words: dict[str, str] = {}
    if path is None:
        if table.is_file():
            with table.open(encoding="utf-8", newline="") as file:
                for row in csv.DictReader(file):
                    name = row["path"].split(f"{VOICES[row['lang']].folder}/", 1)[1].removesuffix(".wav")
                    words[name] = row["text"] or row["gloss"]
        return words
    for line in path.read_text("utf-8").splitlines():
        name, colon, text = line.partition(":")
        if colon and not line.startswith(";"):
            for slip, right in SLIPS.items():
                text = text.replace(slip, right)
            words[name.strip().removesuffix(".wav")] = " ".join(text.split())
    return words


def row(packages: Path, lang: str, use: str, name: str, words: dict[str, str]) -> dict[str, object]:
    """Convert one recording and describe it."""
    voice, package = VOICES[lang], f"asterisk-core-sounds-{lang}-wav"
    inside = f"{SOUNDS}/{voice.folder}/{name}.wav"
    samples, rate = files.read_int16(packages / package / inside)
    target = DATA / "prompts" / lang / f"{name.replace('/', '-')}.flac"
    target.parent.mkdir(parents=True, exist_ok=True)
    files.write_flac(target, samples, rate)
    spans = edges.speech_spans(samples, rate).spans
    if not spans or samples.ndim != 1 or rate != 8_000:
        raise SystemExit(f"{inside}: no speech by the energy rule, or not 8 kHz with one channel")
    return {
        "file": target.relative_to(DATA).as_posix(),
        "lang": lang,
        "role": voice.role,
        "use": use,
        "speaker": voice.speaker,
        "speech_style": "read",
        "seconds": f"{ms_covering(len(samples), rate) / SECOND:.3f}",
        "onset_ms": spans[0].start,
        "offset_ms": min(spans[-1].end, ms_covering(len(samples), rate)),
        "text": words.get(name, "") if lang == "en" else "",
        "gloss": "" if lang == "en" else words.get(name, ""),
        "package": package,
        "version": version(packages / package),
        "path": inside,
        "sha256": files.sha256_file(target),
        "licence": voice.licence,
        "attribution": f"asterisk-core-sounds: {voice.credit}, {voice.licence.replace('C-', 'C ').replace('-3', ' 3')}",
    }


def version(package: Path) -> str:
    """Give the package's version from its changelog."""
    import gzip

    log = package / "usr/share/doc" / package.name / "changelog.Debian.gz"
    return gzip.decompress(log.read_bytes()).decode().split("(", 1)[1].split(")", 1)[0]


def write_index() -> int:
    """Write the hash of every embedded file; labels of sessions have no other checksum."""
    found = [p for name in INDEXED for p in ([DATA / name] if (DATA / name).is_file() else (DATA / name).rglob("*"))]
    listed = {p.relative_to(DATA).as_posix(): files.sha256_file(p) for p in found if p.is_file()}
    text = json.dumps({"sha256": dict(sorted(listed.items()))}, indent=1) + "\n"
    part = DATA / "index.json.tmp"
    part.write_text(text, "utf-8")
    part.replace(DATA / "index.json")
    return len(listed)


def main() -> None:
    """Convert, describe, checksum."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--packages", type=Path)
    parser.add_argument("--wording", type=Path)
    parser.add_argument("--index-only", action="store_true")
    given = parser.parse_args()
    if not given.index_only:
        if given.packages is None:
            parser.error("--packages DIR is needed")
        words = wording(given.wording, DATA / "prompts.csv")
        rows = [
            row(given.packages, lang, use, name, words)
            for lang, choice in CHOICE.items()
            for use, names in choice.items()
            for name in names
        ]
        part = DATA / "prompts.csv.tmp"
        with part.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        part.replace(DATA / "prompts.csv")
        size = sum(p.stat().st_size for p in (DATA / "prompts").rglob("*.flac"))
        sys.stdout.write(f"prompts: {len(rows)} files, {size / 1e6:.2f} MB\n")
    sys.stdout.write(f"index: {write_index()} files\n")


if __name__ == "__main__":
    main()
