"""Label files of other programs, in and out: a table of formats by suffix.

``bring`` reads one into a session, ``add`` takes labels made here, ``leave`` writes one; ``pyannote`` does the same
with that library's values.
"""

from __future__ import annotations

from bargein.formats.labelfiles.bringing import Brought, add, bring, labels_of
from bargein.formats.labelfiles.leaving import leave, one_set
from bargein.formats.labelfiles.table import FORMATS, format_of

__all__ = ["FORMATS", "Brought", "add", "bring", "format_of", "labels_of", "leave", "one_set"]
