"""From ink to text lines and the metrics of their glyphs."""

from designsystem.engine.text.find import find_text

__all__ = ["find_text"]
