"""The command line: parse, call one function, show."""

from __future__ import annotations

import sys

import typer

from bargein.cli import (
    detecting,
    diagnosing,
    importing,
    labelling,
    recordings,
    rendering,
    reporting,
    running,
    scoring,
    settings,
    show,
)
from bargein.errors import BargeinError, NotAnswerable

#: Exit codes: fine; input that cannot be used; a question this recording cannot answer.
OK, BAD_INPUT, NO_ANSWER = 0, 2, 3

HELP = """You interrupted. The agent kept talking. Why, for how long, and what should you change?

Replays recorded realtime voice sessions through barge-in gates and measures what was really HEARD, apart from what was
generated and what was delivered. Tunes voice detection settings on recorded speech and exports them per provider.
No key, no GPU, no upload.

First: `bargein measure data/sessions`, then `bargein compare data/sessions`, then `bargein tune openai
--max-cutoffs-per-hold 0.10`. Every command has --json. Exit codes: 0 fine, 1 a finding of --fail-on, 2 input that
cannot be used (all problems at once, nothing written), 3 a question the recordings cannot answer."""

app = typer.Typer(
    help=HELP, no_args_is_help=True, add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False
)
for room in (recordings, importing, diagnosing, scoring, detecting, labelling, rendering, reporting, settings, running):
    room.register(app)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit with a code that means something."""
    try:
        app(args=arguments, prog_name="bargein")
    except NotAnswerable as error:
        show.error(f"Not answerable: {error}")
        sys.exit(NO_ANSWER)
    except BargeinError as error:
        show.error(str(error))
        sys.exit(BAD_INPUT)
    except OSError as error:  # a place that cannot be read or written; files are written whole or not at all
        show.error(f"{error.strerror or error}: {error.filename or ''}")
        sys.exit(BAD_INPUT)
