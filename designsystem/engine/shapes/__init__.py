"""Physical models of what a browser paints: corner arcs, blurred shadows, gradients. Fitted, not guessed."""
