"""Who measures and who names: local, claude, hybrid."""
