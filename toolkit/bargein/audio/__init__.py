"""Sound: files, resampling, levels, energy edges, envelopes. Knows nothing of sessions, gates or detectors."""
