"""Settings that were kept, to stand beside the one under the sliders."""

from __future__ import annotations

from itertools import chain, count

from bargein.errors import Problem, SettingsError
from bargein.providers.targets import target
from bargein.tuning.sliders import Setting
from bargein.tuning.trial import Trial
from bargein.widgets.numbers import Column

#: Settings that may be kept beside the one under the sliders.
MOST = 6


class Kept:
    """Settings by name, each with its figures as they were counted; no name is ever given to another setting."""

    def __init__(self) -> None:
        self._settings: dict[str, Setting] = {}
        self._columns: dict[str, Column] = {}

    @property
    def names(self) -> list[str]:
        """In the order in which they were kept."""
        return list(self._settings)

    @property
    def columns(self) -> list[Column]:
        """Their figures; each head says the name, whose setting it is, and its values."""
        return list(self._columns.values())

    def add(self, name: str, trial: Trial) -> str:
        """Keep a setting, and give the name it has: where that is another setting's already, ``name 2``.

        Raises
        ------
        SettingsError
            There are as many as the table can show.
        """
        setting = trial.setting
        said = f"{target(setting.target).title} {setting.label}"
        wanted = name.strip() or said
        tried = chain([wanted], (f"{wanted} {n}" for n in count(2)))
        free = next(one for one in tried if self._settings.get(one, setting) == setting)
        if free not in self._settings:
            if len(self._settings) >= MOST:
                raise SettingsError([Problem(f"{MOST} settings are kept", hint="drop one first")], "tuner")
            self._settings[free] = setting
            self._columns[free] = Column.of_trial(said if free == said else f"{free} · {said}", trial)
        return free

    def drop(self, name: str) -> None:
        """Keep it no longer.

        Raises
        ------
        SettingsError
            It is not kept.
        """
        self.of(name)
        del self._settings[name], self._columns[name]

    def of(self, name: str) -> Setting:
        """Give the setting of a name.

        Raises
        ------
        SettingsError
            It is not kept.
        """
        if name not in self._settings:
            raise SettingsError(
                [Problem(f"{name!r} is not kept", hint=", ".join(self._settings) or "none is")], "tuner"
            )
        return self._settings[name]
