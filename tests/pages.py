"""What tests of pages share: a page's tags and what it would load, and a session written by somebody unfriendly."""

from __future__ import annotations

import json
import shutil
from html.parser import HTMLParser
from pathlib import Path

LATE = Path(__file__).parents[1] / "data" / "sessions" / "openai-22-no-interrupt-repeated"
EVIL = '</script><img src=x onerror="window.pwned=1">'


class Tags(HTMLParser):
    """Collects the names of all tags and the addresses anything would be loaded from."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []
        self.loads: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.loads += [v for k, v in attrs if k in ("src", "href") and v and not v.startswith(("data:", "#"))]


def hostile(folder: Path) -> Path:
    """A session whose name, texts and event types were written by somebody unfriendly."""
    shutil.copytree(LATE, folder / "session")
    info = json.loads((folder / "session" / "session.json").read_text("utf-8"))
    (folder / "session" / "session.json").write_text(json.dumps(info | {"id": f'"quoted" {EVIL}'}), encoding="utf-8")
    log = folder / "session" / "events.jsonl"
    item = "conversation.item.input_audio_transcription.completed"
    said = [{"type": item, "item_id": "u", "transcript": EVIL}, {"type": EVIL, "text": "x" * 1_000_000}]
    lines = [{"t": 9_000, "dir": "s2c", "conn": "other", "ev": one} for one in said]
    log.write_text("".join(json.dumps(line) + "\n" for line in lines) + log.read_text("utf-8"), "utf-8")
    return folder / "session"
