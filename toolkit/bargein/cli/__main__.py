"""``python -m bargein.cli``."""

from bargein.cli import main

main()
