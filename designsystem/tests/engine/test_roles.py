"""Roles, told from painted pages of which it is known what each colour is for."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from PIL import Image, ImageDraw

from designsystem.engine.geometry import Box
from designsystem.engine.measures import colour
from designsystem.engine.measures.buttons import find_buttons, lines_by_box
from designsystem.engine.measures.roles import assign_roles
from designsystem.engine.observation import Observation
from designsystem.engine.scene import Scene
from designsystem.engine.tokens.assembly import assemble
from designsystem.engine.values import Colour, Role, Spacing
from designsystem.tests.engine.drawing import page, rounded, scene_of, write
from designsystem.tests.engine.sample_tokens import SOURCE, seen


def _observed(scene: Scene) -> list[Observation]:
    return assign_roles(scene, colour.measure(scene))


def _roles(scene: Scene) -> Mapping[str, str]:
    """The hex value of the colour that plays each role in the token set."""
    tokens = assemble(_observed(scene), SOURCE)
    found = {}
    for token in tokens.group("color"):
        value = tokens.resolve(token)
        if token.path[1] == "role" and isinstance(value, Colour):
            found[token.path[2]] = value.hex
    return found


def _kit(ground: str = "#ffffff", text: str = "#212529", primary: str = "#0d6efd") -> Image.Image:
    """A page of a usual kit: text, muted text, a link, a card, and a row of buttons with the main one first."""
    image, draw = page(ground, (640, 480))
    for line in range(4):
        write(image, (24, 40 + 24 * line), "The quick brown fox jumps over the lazy dog", text, 18)
    write(image, (24, 150), "A caption that says a little less", "#8a9299", 18)
    write(image, (24, 180), "Read more about it on this page", primary, 18)
    draw.rectangle((24, 300, 615, 455), fill="#f1f3f5", outline="#ced4da")
    write(image, (40, 340), "A card with a title", text, 18)
    for place, fill in enumerate((primary, "#dc3545", "#198754", "#ffc107")):
        rounded(image, Box(24 + 140 * place, 210, 120, 44), 6, fill)
        write(image, (44 + 140 * place, 238), "Press me", "#fefefe", 18)
    return image


def test_each_role_goes_to_the_colour_that_plays_it() -> None:
    assert _roles(scene_of(_kit())) == {
        "background": "#ffffff",
        "surface": "#f1f3f5",
        "text": "#212529",
        "text-muted": "#8a9299",
        "primary": "#0d6efd",
        "on-primary": "#fefefe",
        "border": "#ced4da",
        "success": "#198754",
        "warning": "#ffc107",
        "danger": "#dc3545",
        "link": "#0d6efd",
    }


def test_a_brand_that_is_red_is_no_danger() -> None:
    image, _ = page("#ffffff", (480, 300))
    write(image, (24, 60), "The quick brown fox jumps over it", "#202020", 20)
    write(image, (24, 100), "Read more about the fox", "#c62828", 20)
    rounded(image, Box(24, 140, 140, 48), 6, "#c62828")
    write(image, (50, 170), "Buy now", "#ffffff", 20)
    roles = _roles(scene_of(image))
    assert roles["primary"] == roles["link"] == "#c62828"
    assert "danger" not in roles


def test_a_page_without_any_accent_has_its_loudest_button_as_primary() -> None:
    image, _ = page("#ffffff", (480, 300))
    write(image, (24, 60), "The quick brown fox jumps over it", "#202020", 20)
    for place, (fill, ink) in enumerate((("#e4e4e7", "#202020"), ("#303030", "#fafafa"))):
        rounded(image, Box(24 + 180 * place, 140, 140, 48), 6, fill)
        write(image, (50 + 180 * place, 170), "Press it", ink, 20)
    assert _roles(scene_of(image))["primary"] == "#303030"


def test_the_ground_is_where_the_content_lies_and_not_the_bar_beside_it() -> None:
    image, draw = page("#1a2332", (640, 400))
    draw.rectangle((120, 0, 639, 399), fill="#f5f7fb")
    write(image, (16, 60), "Menu", "#ffffff", 20)
    for line in range(4):
        write(image, (150, 80 + 30 * line), "The quick brown fox jumps", "#1e2633", 20)
    roles = _roles(scene_of(image))
    assert roles["background"] == "#f5f7fb"
    assert roles["text"] == "#1e2633"


def test_a_tint_behind_a_message_is_no_surface() -> None:
    image, draw = page("#ffffff", (480, 300))
    draw.rectangle((20, 20, 459, 119), fill="#fff3cd")
    write(image, (40, 70), "Mind the gap between them", "#202020", 20)
    assert _roles(scene_of(image)).get("surface") != "#fff3cd"


def test_a_colour_has_its_strongest_role_first() -> None:
    roles = {each.value: each.roles for each in _observed(scene_of(_kit()))}
    assert roles[Colour.from_hex("#ffffff")][0] is Role.BACKGROUND
    assert roles[Colour.from_hex("#0d6efd")][:2] == (Role.PRIMARY, Role.LINK)


def test_only_colours_have_roles_and_an_empty_page_is_all_background() -> None:
    scene = scene_of(page("#fafafa")[0])
    other = seen(Spacing(8))
    assert assign_roles(scene, [other]) == [other]
    assert _roles(scene) == {"background": "#fafafa"}


@pytest.mark.parametrize(("width", "found"), [(120, 1), (620, 0)])
def test_a_bar_over_the_page_is_no_button(width: int, found: int) -> None:
    image, _ = page("#ffffff", (640, 200))
    ImageDraw.Draw(image).rectangle((10, 60, 10 + width - 1, 103), fill="#0d6efd")
    write(image, (30, 90), "Press me", "#ffffff", 18)
    scene = scene_of(image)
    assert len(find_buttons(scene, lines_by_box(scene))) == found
