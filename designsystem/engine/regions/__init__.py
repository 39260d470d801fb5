"""From single pixels to painted things: flat areas, boxes, lines, pictures, and the tree they form."""
