"""Voice detection: audio becomes frame scores once, a decision rule turns scores into edges as often as wanted."""
