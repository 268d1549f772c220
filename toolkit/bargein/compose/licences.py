"""What a session stands under: the licences of all its sources, none hidden behind another, and whom to name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

#: SPDX identifiers that our tables of recordings use, inside whatever else they say.
IDENTIFIER = re.compile(r"\b(?:CC0-1\.0|CC-BY(?:-SA)?-[0-9]\.[0-9]|Apache-2\.0|MIT)(?![\w-])")
#: SPDX's word for a licence that nobody has stated.
UNSTATED = "NOASSERTION"


def licence_of(sources: Iterable[Mapping[str, Any]]) -> str:
    """Give the SPDX expression of what is made of these sources: all their licences hold at once.

    Parameters
    ----------
    sources
        Each with a ``licence``: an SPDX identifier, or the wording of a table that holds some. Terms without an
        identifier become a ``LicenseRef-``.

    Returns
    -------
    The licences, each once, in alphabetical order, joined by AND; empty without sources.

    References
    ----------
    SPDX specification 2.3, annex D: ``AND`` where all licences have to be complied with.

    Examples
    --------
    >>> licence_of([{"licence": "CC-BY-SA-3.0"}, {"licence": "Apache-2.0"}, {"licence": "CC-BY-SA-3.0"}])
    'Apache-2.0 AND CC-BY-SA-3.0'
    """
    return " AND ".join(sorted({name for source in sources for name in _names(str(source.get("licence") or ""))}))


def _names(wording: str) -> Iterator[str]:
    for part in filter(None, map(str.strip, wording.split(";"))):
        words = re.sub(r"\(.*?\)", "", part)
        yield from IDENTIFIER.findall(words) or [f"LicenseRef-{re.sub(r'[^A-Za-z0-9.]+', '-', words).strip('-')}"]
    if not wording:
        yield UNSTATED


def attribution_of(sources: Iterable[Mapping[str, Any]]) -> str:
    """Give whom to name, each once, in the order of the sources.

    Examples
    --------
    >>> attribution_of([{"attribution": "A, CC BY 3.0"}, {"attribution": ""}, {"attribution": "B"}])
    'A, CC BY 3.0; B'
    """
    return "; ".join(dict.fromkeys(name for source in sources if (name := str(source.get("attribution") or ""))))
