"""The table of targets as rows: what the command line lists and the page on exports shows."""

from __future__ import annotations

from collections.abc import Mapping

from bargein.providers.targets.base import Target


def about(targets: Mapping[str, Target]) -> list[dict[str, str]]:
    """Give one row a target: what it is for, in which languages, and where its shape comes from."""
    return [
        {"target": t.name, "for": t.title, "file": ", ".join(t.languages), "decides there": t.detector, "use": t.use,
         "source": t.source}
        for t in targets.values()
    ]  # fmt: skip


def settings_of(chosen: Target) -> list[dict[str, str]]:
    """Give one row a setting: our name and unit, its place in the file, what is accepted, default and source."""
    return [
        {
            "setting": f.name,
            "in the file": f.path + (" (in seconds)" if f.seconds else ""),
            "accepted": f.accepted_text,
            "default": f.default_text,
            "note": f.note,
            "source": f.setting.source,
        }
        for f in chosen.fields
    ]


def lacking(targets: Mapping[str, Target]) -> list[dict[str, str]]:
    """Give one row for whatever a target has no place for, and why."""
    return [{"target": t.name, "setting": name, "because": why} for t in targets.values() for name, why in t.lacks]
