"""What the measured colours are for: told from where they stand, and from hue only among what stands out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from designsystem.engine.colour_space import as_rgb, ciede2000, contrast_ratio, oklch
from designsystem.engine.measures.buttons import Button, find_buttons, lines_by_box
from designsystem.engine.measures.ink import Ink, read_inks
from designsystem.engine.observation import Observation
from designsystem.engine.scene import Scene
from designsystem.engine.values import Colour, Role

_ACCENT_CHROMA = 0.06  # OKLCH; greys with a tint of the brand stay below
_SIGNAL_CHROMA = 0.09  # the tints behind an alert stay below
_SIGNAL_LIGHTNESS = 0.35  # OKLCH; the text of an alert may be darker
_SURFACE_CHROMA = 0.03  # panels are neutral, a stronger tint is a message
_SAME_HUE = 20.0  # degrees
_SAME_INK, _SAME_LOSSY_INK = 3.0, 8.0  # CIEDE2000 within which an ink is a measured colour, seen through thin strokes
_MAIN = 0.6  # of the page; an area so large beside a bar is where the content lies
_ALIKE = 0.4  # of OKLCH lightness, between grounds that one text colour serves
_MUTED = 0.8  # of the contrast that the main text has
_LEGIBLE = 2.0  # contrast below which text is a placeholder or switched off
_STRONG = 4.5  # contrast of a button to the page from which it calls as loud as an accent
_SURFACE = 0.01  # of the page; smaller boxes without inner boxes are controls

# OKLCH hues in degrees that convention gives a meaning.
_SIGNALS = ((Role.DANGER, 8.0, 42.0), (Role.WARNING, 48.0, 115.0), (Role.SUCCESS, 125.0, 170.0))
_LINK_HUES = (225.0, 320.0)


def assign_roles(scene: Scene, observations: Iterable[Observation]) -> list[Observation]:
    """The observations with the `roles` of colours filled in, the strongest first; all others as they are."""
    found = list(observations)
    colours = [each.value for each in found if isinstance(each.value, Colour)]
    roles = _roles(scene, colours)
    return [
        replace(each, roles=roles.get(each.value, ())) if isinstance(each.value, Colour) else each for each in found
    ]


@dataclass(frozen=True, slots=True)
class _Palette:
    """The measured colours, how they look, and how far off an ink may be that is one of them."""

    colours: Sequence[Colour]
    lch: Mapping[Colour, tuple[float, float, float]]
    noise: float

    @classmethod
    def of(cls, colours: Sequence[Colour], *, lossless: bool) -> _Palette:
        looks = oklch(as_rgb(colours)).tolist()
        lch = {colour: (look[0], look[1], look[2]) for colour, look in zip(colours, looks, strict=True)}
        return cls(colours, lch, _SAME_INK if lossless else _SAME_LOSSY_INK)

    def nearest(self, colour: Colour) -> Colour | None:
        """The measured colour that `colour` is, None when it is none of them."""
        if colour in self.lch:
            return colour
        distances = ciede2000(as_rgb(self.colours), as_rgb([colour]))
        best = int(np.argmin(distances))
        return self.colours[best] if distances[best] <= self.noise else None

    def accent(self, colour: Colour) -> bool:
        return self.lch[colour][1] >= _ACCENT_CHROMA

    def signal(self, colour: Colour) -> Role | None:
        """The meaning that convention gives a strong colour of this hue."""
        lightness, chroma, hue = self.lch[colour]
        if chroma < _SIGNAL_CHROMA or lightness < _SIGNAL_LIGHTNESS or self.one_hue:
            return None
        return next((role for role, low, high in _SIGNALS if low <= hue <= high), None)

    @property
    def one_hue(self) -> bool:
        """Whether all strong colours are of one hue: then it is the brand's, and means nothing else."""
        strong = [colour for colour in self.colours if self.lch[colour][1] >= _SIGNAL_CHROMA]
        return all(self.same_hue(strong[0], other) for other in strong)

    def same_hue(self, one: Colour, other: Colour) -> bool:
        return abs((self.lch[one][2] - self.lch[other][2] + 180) % 360 - 180) <= _SAME_HUE


def _roles(scene: Scene, colours: Sequence[Colour]) -> dict[Colour, tuple[Role, ...]]:
    """The steps stand in the order of how strong a role is."""
    if not colours or not scene.boxes:
        return {}
    palette = _Palette.of(colours, lossless=scene.raster.lossless)
    lines = lines_by_box(scene)
    buttons = [button for button in find_buttons(scene, lines) if button.box.fill in palette.lch]
    inks = _inks(scene, palette)
    ground = _ground(scene)
    surfaces = _surfaces(scene, {button.box.fill for button in buttons} - {ground}, palette)
    alike = [colour for colour in surfaces if abs(palette.lch[colour][0] - palette.lch[ground][0]) < _ALIKE]
    grounds = {ground, *alike}
    link = _link(inks, grounds, palette)
    primary = _primary(buttons, link, grounds, palette)
    steps: list[tuple[Role, Iterable[Colour | None]]] = [
        (Role.BACKGROUND, [ground]),
        (Role.PRIMARY, [primary]),
        (Role.LINK, [link]),
        *_signals(palette, {primary, link}),
        (Role.SURFACE, surfaces),
        *_texts(inks, grounds, {link}, palette),
        (Role.BORDER, _borders(scene)),
        (Role.ON_PRIMARY, _labels(buttons, primary, palette)),
    ]
    found: dict[Colour, tuple[Role, ...]] = {}
    for role, given in steps:
        for colour in given:
            if colour is not None and colour in palette.lch and role not in found.get(colour, ()):
                found[colour] = (*found.get(colour, ()), role)
    return found


def _ground(scene: Scene) -> Colour:
    """What the content lies on: the page's own fill, or that of the one area that leaves little of it to see."""
    page = scene.boxes[0]
    inner = [box for box in scene.boxes[1:] if box.parent == 0 and box.box.area > _MAIN * page.box.area]
    return inner[0].fill if inner else page.fill


def _inks(scene: Scene, palette: _Palette) -> list[tuple[Colour, Ink]]:
    """The inks by the measured colour that each is, those with most letters first."""
    found = [(palette.nearest(ink.colour), ink) for ink in read_inks(scene)]
    return sorted(
        ((colour, ink) for colour, ink in found if colour is not None), key=lambda each: (-each[1].glyphs, each[0])
    )


def _surfaces(scene: Scene, controls: set[Colour], palette: _Palette) -> list[Colour]:
    """Fills of what holds other things, or is large: cards, bars, panels. The largest in sum first."""
    parents = {box.parent for box in scene.boxes}
    smallest = _SURFACE * scene.raster.width * scene.raster.height
    areas: Counter[Colour] = Counter()
    for index, box in enumerate(scene.boxes[1:], start=1):
        if (index in parents or box.box.area >= smallest) and box.fill not in controls:
            areas[box.fill] += box.box.area
    quiet = [colour for colour in areas if colour in palette.lch and palette.lch[colour][1] < _SURFACE_CHROMA]
    return sorted(quiet, key=lambda colour: (-areas[colour], colour))


def _link(inks: Sequence[tuple[Colour, Ink]], grounds: set[Colour], palette: _Palette) -> Colour | None:
    """The accent ink with most letters on the page's own grounds: blue to purple, or the brand's only hue."""
    letters: Counter[Colour] = Counter()
    for colour, ink in inks:
        usual = palette.one_hue or _LINK_HUES[0] <= palette.lch[colour][2] <= _LINK_HUES[1]
        if usual and palette.accent(colour) and grounds & set(ink.grounds):
            letters[colour] += ink.glyphs
    return min(letters, key=lambda colour: (-letters[colour], colour)) if letters else None


def _primary(buttons: Sequence[Button], link: Colour | None, grounds: set[Colour], palette: _Palette) -> Colour | None:
    """The accent of the buttons; a loud neutral one where there is no accent at all, the links' where no button is.

    A kit shows each variant alike often, so hue and place decide: the hue of links speaks for a colour, a conventional
    meaning against it, and the first of a row is the main one.
    """
    fills = [button.box.fill for button in buttons]
    accents = [fill for fill in fills if palette.accent(fill)]
    if not accents and link is None:
        accents = [fill for fill in fills if min(_ratio(fill, ground) for ground in grounds) >= _STRONG]
    counts = Counter(accents)

    def claim(colour: Colour) -> tuple[float, int]:
        related = link is not None and palette.same_hue(colour, link)
        meaning = palette.signal(colour) is not None
        return (2.0 * related - 2.0 * meaning + min(counts[colour], 8) / 4, -accents.index(colour))

    return max(counts, key=claim) if counts else link


def _signals(palette: _Palette, taken: set[Colour | None]) -> list[tuple[Role, list[Colour]]]:
    """Strong colours of a conventional hue, the most vivid first, apart from the brand's own."""
    found: list[tuple[Role, list[Colour]]] = []
    for role, _, _ in _SIGNALS:
        meant = [colour for colour in palette.colours if palette.signal(colour) is role and colour not in taken]
        found.append((role, sorted(meant, key=lambda colour: (-palette.lch[colour][1], colour))))
    return found


def _texts(
    inks: Sequence[tuple[Colour, Ink]], grounds: set[Colour], taken: set[Colour | None], palette: _Palette
) -> list[tuple[Role, list[Colour]]]:
    """The inks of running text on the page's grounds: those as strong as the main one, and the muted."""
    running = [
        (colour, ink)
        for colour, ink in inks
        if colour not in taken and palette.signal(colour) is None and grounds & set(ink.grounds)
    ]
    if not running:
        return []
    main = _contrast(*running[0])
    contrasts = {colour: _contrast(colour, ink) for colour, ink in running}
    return [
        (Role.TEXT, [colour for colour, contrast in contrasts.items() if contrast >= _MUTED * main]),
        (Role.TEXT_MUTED, [colour for colour, contrast in contrasts.items() if _LEGIBLE <= contrast < _MUTED * main]),
    ]


def _contrast(colour: Colour, ink: Ink) -> float:
    commonest = Counter(ink.grounds).most_common(1)[0][0]
    return _ratio(colour, commonest)


def _ratio(one: Colour, other: Colour) -> float:
    return float(contrast_ratio(as_rgb([one]), as_rgb([other]))[0])


def _borders(scene: Scene) -> list[Colour]:
    lines = Counter(box.frame.colour for box in scene.boxes if box.frame is not None)
    lines.update(rule.colour for rule in scene.rules)
    return [colour for colour, _ in sorted(lines.items(), key=lambda each: (-each[1], each[0]))]


def _labels(buttons: Sequence[Button], primary: Colour | None, palette: _Palette) -> list[Colour | None]:
    """The ink that most labels on the primary colour have."""
    inks = Counter(line.ink for button in buttons if button.box.fill == primary for line in button.label)
    return [palette.nearest(ink) for ink, _ in sorted(inks.items(), key=lambda each: (-each[1], each[0]))[:1]]
