"""Terrazzo, Style Dictionary, Sass, Tailwind and TypeScript read what we write, without an error or a warning."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path

import pytest

from designsystem.engine.exporters import css, dtcg, resolver, scss, tailwind, ts
from designsystem.engine.exporters.identifiers import identifiers, kebab
from designsystem.engine.extract import extract
from designsystem.engine.tokens.assembly import assemble
from designsystem.engine.tokens.merge import merge
from designsystem.engine.tokens.token_set import Source, TokenSet
from designsystem.engine.values import Colour, Role, Typography
from designsystem.tests.engine.conftest import Run
from designsystem.tests.engine.sample_tokens import INK, WHITE, hostile, sample, seen

_PAGE = Path(__file__).parents[4].parent / "shared" / "corpus" / "pages" / "bootstrap-light.png"
_PROPERTY = re.compile(r"^\s*(--[\w-]+):", re.MULTILINE)


@pytest.fixture(params=["sample", "hostile texts", "corpus page"])
def token_set(request: pytest.FixtureRequest) -> TokenSet:
    if request.param == "sample":
        return sample()
    if request.param == "hostile texts":
        return hostile(names=False)
    if not _PAGE.exists():
        pytest.skip("the corpus is missing: no real page to export")
    return _real_page()


@cache
def _real_page() -> TokenSet:
    return extract(_PAGE, pixel_ratio=1).token_set


@pytest.fixture
def document(token_set: TokenSet, tmp_path: Path) -> Path:
    file = tmp_path / "page.tokens.json"
    file.write_text(dtcg.export(token_set))
    return file


def _names(token_set: TokenSet) -> set[str]:
    """The custom properties that a tool makes of the tokens it writes whole: all but the text styles."""
    names = identifiers((token.path for token in token_set), kebab)
    return {f"--{names[token.path]}" for token in token_set if not isinstance(token.value, Typography)}


def test_terrazzo_builds_every_token_and_its_lint_finds_nothing(
    run_node: Run, node_tools: Path, document: Path, token_set: TokenSet, tmp_path: Path
) -> None:
    command = node_tools / "node_modules" / "@terrazzo" / "cli" / "bin" / "cli.js"
    said = run_node(command, "build", TOKENS=document.as_uri(), OUT=f"{tmp_path.as_uri()}/")
    assert f"{len(token_set.tokens)} tokens built" in said
    assert "warning" not in said
    assert _names(token_set) <= set(_PROPERTY.findall((tmp_path / "terrazzo.css").read_text()))


def test_terrazzo_reads_the_themes_of_a_resolver(run_node: Run, node_tools: Path, tmp_path: Path) -> None:
    file = tmp_path / "page.resolver.json"
    file.write_text(resolver.export(merge([_screen("a", WHITE, INK), _screen("b", INK, WHITE)])))
    command = node_tools / "node_modules" / "@terrazzo" / "cli" / "bin" / "cli.js"
    said = run_node(
        command, "build", "--config", "terrazzo_themes.config.js", TOKENS=file.as_uri(), OUT=f"{tmp_path.as_uri()}/"
    )
    assert "warning" not in said
    style_sheet = (tmp_path / "themes.css").read_text()
    light, dark = style_sheet.split('[data-theme="light"]')[1].split('[data-theme="dark"]')
    assert "--color-role-background: var(--color-palette-white)" in light
    assert "--color-role-background: var(--color-palette-gray-900)" in dark


def _screen(name: str, ground: Colour, text: Colour) -> TokenSet:
    source = Source(name * 64, "image/png", 1280, 900, 1.0, True, 1.0)
    return assemble([seen(ground, 1, 0.9, (Role.BACKGROUND,)), seen(text, 9, 0.1, (Role.TEXT,))], source)


def test_style_dictionary_builds_every_token_without_a_warning(
    run_node: Run, document: Path, token_set: TokenSet, tmp_path: Path
) -> None:
    said = run_node("style_dictionary.js", document, tmp_path)
    assert said.split() == ["css", "✔︎", f"{tmp_path}/style-dictionary.css"]
    assert _names(token_set) <= set(_PROPERTY.findall((tmp_path / "style-dictionary.css").read_text()))


def test_sass_compiles_the_variables_to_what_the_css_format_says(
    run_node: Run, token_set: TokenSet, tmp_path: Path
) -> None:
    file = tmp_path / "_page.scss"
    file.write_text(scss.export(token_set))
    assert set(_PROPERTY.findall(run_node("sass.js", file))) == set(_PROPERTY.findall(css.export(token_set)))


def test_tailwind_makes_utilities_of_the_theme(run_node: Run, token_set: TokenSet, tmp_path: Path) -> None:
    file = tmp_path / "theme.css"
    file.write_text(tailwind.export(token_set))
    names = _PROPERTY.findall(tailwind.export(token_set))
    utilities = {
        "--color-": "bg-",
        "--text-": "text-",
        "--spacing-": "p-",
        "--radius-": "rounded-",
        "--shadow-": "shadow-",
        "--background-image-": "bg-",
        "--font-": "font-",
    }
    classes = [
        name.replace(namespace, utility, 1)
        for namespace, utility in utilities.items()
        for name in names
        if name.startswith(namespace) and "--" not in name.removeprefix("--")
    ]
    assert classes
    built = run_node("tailwind.js", file, *classes)
    assert [name for name in classes if f".{name} {{" not in built] == []


def test_typescript_accepts_the_module_and_hostile_names_are_keys_and_nothing_more(
    run_node: Run, tmp_path: Path
) -> None:
    file = tmp_path / "page.ts"
    file.write_text(ts.export(hostile()))
    found = json.loads(run_node("typescript.js", file))
    for token in hostile():
        node = found
        for part in token.path:
            node = node[part]
        assert node
