"""CSS custom properties on :root; roles and composites refer to the palette by var()."""

from __future__ import annotations

from designsystem.engine.exporters.css_values import comment
from designsystem.engine.exporters.css_variables import variables
from designsystem.engine.exporters.exporter import Exporter
from designsystem.engine.tokens.token_set import TokenSet


def export(token_set: TokenSet) -> str:
    """One rule in a style sheet that can be linked as it is."""
    lines = [":root {"]
    for variable in variables(token_set, lambda name: f"var(--{name})"):
        if variable.description:
            lines.append(f"  {comment(variable.description)}")
        lines.append(f"  --{variable.name}: {variable.value};")
    return "\n".join([*lines, "}", ""])


EXPORTER = Exporter("css", "CSS custom properties", export, "text/css", ".css")
