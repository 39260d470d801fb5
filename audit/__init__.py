"""The tamper-evident trail: what happened, who did it, and the proof that nobody changed it."""
