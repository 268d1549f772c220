"""What was recorded: a folder of facts, sound, log and labels, read when asked."""

from bargein.session.clientlog import client_lines, heard_from
from bargein.session.files import folders
from bargein.session.folder import Session, load
from bargein.session.model import Change, Info, Label, Record, Track
from bargein.session.saving import save
from bargein.session.validate import problems_of

__all__ = [
    "Change", "Info", "Label", "Record", "Session", "Track", "client_lines", "folders", "heard_from", "load",
    "problems_of", "save",
]  # fmt: skip
