"""From ink to text lines and the metrics of their glyphs."""
