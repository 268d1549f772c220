"""Settings as a file that can be sent to the provider as it is, and beside it what they rest on.

``openai.json`` holds one ``session.update`` event and nothing else; ``openai.evidence.json`` says where its values come
from. Both are checked first and written whole.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bargein.errors import SettingsError, check
from bargein.providers import provider
from bargein.settings import ServerVad
from bargein.whole import write_text


def evidence_path(path: str | os.PathLike[str]) -> Path:
    """Give where the evidence for a settings file stands.

    Examples
    --------
    >>> evidence_path("configs/openai.json").name
    'openai.evidence.json'
    """
    target = Path(path)
    return target.with_name(f"{target.stem}.evidence.json")


def export(
    settings: ServerVad, provider_name: str, path: str | os.PathLike[str], evidence: Mapping[str, Any] | None = None
) -> tuple[Path, ...]:
    """Write settings in the provider's own shape, after asking its table whether it would take them.

    Parameters
    ----------
    settings
        What to send; what is not set is left out, and the provider's own default holds.
    provider_name
        ``openai`` or ``xai``.
    path
        File to write, replaced only by a complete one.
    evidence
        What the values rest on, written beside it; None writes no second file.

    Returns
    -------
    The files that were written.

    Raises
    ------
    SettingsError
        Everything the provider would refuse; nothing is written then, and an old file stays as it was.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     (file,) = export(ServerVad(0.5, 300, 480), "openai", f"{folder}/openai.json")
    ...     json.loads(file.read_text())["session"]["audio"]["input"]["turn_detection"]["silence_duration_ms"]
    480
    """
    target = Path(path)
    chosen = provider(provider_name)
    check(chosen.problems(settings), SettingsError, str(path))
    update = chosen.to_wire(settings)
    texts = {target: _text(update)}
    if evidence is not None:
        # First, so that a settings file never stands without what it rests on.
        texts = {evidence_path(target): _text({**evidence, "session_update": update}), **texts}
    for file, text in texts.items():
        write_text(file, text)
    return tuple(reversed(texts))


def _text(value: Mapping[str, Any]) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
