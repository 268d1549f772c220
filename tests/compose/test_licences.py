"""A session stands under the licences of all it is made of, and names everybody who must be named."""

from __future__ import annotations

import pytest

from bargein.compose.licences import attribution_of, licence_of

MIXED = [
    {"file": "en/hello", "licence": "CC-BY-SA-3.0", "attribution": "Allison"},
    {"file": "coffee", "licence": "Apache-2.0", "attribution": "Picovoice"},
    {"file": "clap", "licence": "CC0-1.0", "attribution": ""},
    {"file": "en/goodbye", "licence": "CC-BY-SA-3.0", "attribution": "Allison"},
]


def test_no_source_loses_its_licence():
    """Each once, in one expression, whatever the order of the sources."""
    expected = "Apache-2.0 AND CC-BY-SA-3.0 AND CC0-1.0"
    assert expected == licence_of(MIXED) == licence_of(MIXED[::-1])


def test_share_alike_does_not_hide_what_only_asks_for_a_name():
    """Nor the other way round."""
    assert "CC-BY-3.0 AND CC-BY-SA-3.0" == licence_of([{"licence": "CC-BY-SA-3.0"}, {"licence": "CC-BY-3.0"}])


def test_everybody_is_named_once():
    """In the order of the sources; who asks for nothing is not an empty name."""
    assert "Allison; Picovoice" == attribution_of(MIXED)


@pytest.mark.parametrize(
    ("expression", "wording"),
    [
        ("CC-BY-4.0 AND MIT", "CC-BY-4.0 (audio and labels: AMI corpus); repository MIT"),
        ("LicenseRef-GetGoing-Database-licence", "GetGoing Database licence (CMU, permissive)"),
        ("LicenseRef-data-set-terms-in-LICENSES-x.txt AND MIT", "MIT (repository); data set terms in LICENSES/x.txt"),
        ("NOASSERTION", ""),
        ("NOASSERTION", None),
    ],
)
def test_the_wording_of_a_table_becomes_an_expression(expression, wording):
    """Identifiers as they are; terms without one are referred to by name, and a missing licence is not made up."""
    assert expression == licence_of([{"licence": wording}])


def test_without_sources_there_is_nothing_to_state():
    """A session of made sounds alone."""
    assert ("", "") == (licence_of([]), attribution_of([]))
