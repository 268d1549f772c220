"""One question a file: rates, onsets, stopping, books, text, what was recorded."""
