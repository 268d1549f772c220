"""Label files of other programs, in and out: a table of formats by suffix.

``bring`` reads one into a session, ``leave`` writes one; ``pyannote`` does the same with that library's values.
"""

from __future__ import annotations

from bargein.formats.labelfiles.bringing import Brought, bring, labels_of
from bargein.formats.labelfiles.leaving import leave, one_set
from bargein.formats.labelfiles.table import FORMATS, format_of

__all__ = ["FORMATS", "Brought", "bring", "format_of", "labels_of", "leave", "one_set"]
