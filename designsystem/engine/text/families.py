"""How the letters of common families are built, to tell what size a height or a width of ink stands for."""

from __future__ import annotations

from dataclasses import dataclass

from designsystem.engine.values import FontClass


@dataclass(frozen=True, slots=True)
class Family:
    """Lengths in em, as this package measures them on text painted at 28 px and more without hinting.

    `x_height` is the top of round small letters in the font's outlines, which is what hinting rounds (aflatin.c: the
    blue zone's overshoot), regular and bold. `upper` (the commonest height of what is taller: ascenders and capitals,
    in text that shows both) is of running text, `capital` of capitals and digits alone; `letter` and `digit` are
    median ink widths (see widths.py), regular and bold. Families that others are cut to match stand for those too:
    Arial for Helvetica and Liberation Sans, Times New Roman for Times and Liberation Serif, Noto Sans for Open Sans.
    """

    name: str
    font_class: FontClass
    x_height: tuple[float, float]
    upper: float
    capital: float
    letter: tuple[float, float]
    digit: tuple[float, float]
    advance: tuple[float, float]
    tabular: tuple[float, float]


_SANS, _SERIF = FontClass.SANS, FontClass.SERIF

# fmt: off
FAMILIES = (
    Family("Archivo", _SANS, (0.538, 0.538), 0.696, 0.700,
            (0.465, 0.500), (0.469, 0.499), (0.507, 0.565), (0.566, 0.596)),
    Family("Arial", _SANS, (0.538, 0.538), 0.700, 0.690,
            (0.465, 0.482), (0.465, 0.482), (0.488, 0.536), (0.556, 0.556)),
    Family("Barlow", _SANS, (0.514, 0.522), 0.706, 0.708,
            (0.395, 0.453), (0.404, 0.459), (0.481, 0.513), (0.518, 0.556)),
    Family("Cabin", _SANS, (0.500, 0.510), 0.734, 0.707,
            (0.441, 0.446), (0.457, 0.566), (0.491, 0.499), (0.549, 0.624)),
    Family("DejaVu Sans", _SANS, (0.560, 0.560), 0.739, 0.732,
            (0.459, 0.550), (0.470, 0.562), (0.551, 0.635), (0.632, 0.690)),
    Family("DM Sans", _SANS, (0.516, 0.516), 0.718, 0.719,
            (0.445, 0.490), (0.499, 0.491), (0.515, 0.554), (0.616, 0.562)),
    Family("Exo 2", _SANS, (0.499, 0.507), 0.700, 0.698,
            (0.421, 0.477), (0.437, 0.492), (0.510, 0.557), (0.547, 0.582)),
    Family("Figtree", _SANS, (0.512, 0.512), 0.711, 0.719,
            (0.432, 0.463), (0.486, 0.510), (0.495, 0.529), (0.571, 0.594)),
    Family("Fira Sans", _SANS, (0.539, 0.548), 0.721, 0.698,
            (0.427, 0.481), (0.428, 0.472), (0.510, 0.571), (0.500, 0.545)),
    Family("IBM Plex Sans", _SANS, (0.528, 0.537), 0.723, 0.704,
            (0.449, 0.476), (0.473, 0.539), (0.504, 0.536), (0.599, 0.593)),
    Family("Inter", _SANS, (0.553, 0.553), 0.733, 0.735,
            (0.457, 0.498), (0.498, 0.552), (0.518, 0.553), (0.619, 0.639)),
    Family("Karla", _SANS, (0.490, 0.499), 0.649, 0.655,
            (0.405, 0.433), (0.489, 0.510), (0.510, 0.527), (0.570, 0.589)),
    Family("Lato", _SANS, (0.514, 0.521), 0.736, 0.722, (0.414, 0.440), (0.476, 0.496), (0.504, 0.531), (0.578, 0.578)),
    Family("Libre Franklin", _SANS, (0.540, 0.540), 0.740, 0.732,
            (0.439, 0.489), (0.530, 0.494), (0.521, 0.570), (0.631, 0.650)),
    Family("Manrope", _SANS, (0.555, 0.555), 0.731, 0.730,
            (0.465, 0.493), (0.475, 0.491), (0.528, 0.558), (0.577, 0.579)),
    Family("Montserrat", _SANS, (0.530, 0.546), 0.721, 0.701,
            (0.483, 0.544), (0.516, 0.553), (0.564, 0.593), (0.607, 0.622)),
    Family("Mulish", _SANS, (0.511, 0.515), 0.721, 0.706,
            (0.448, 0.469), (0.494, 0.501), (0.519, 0.531), (0.610, 0.608)),
    Family("Noto Sans", _SANS, (0.546, 0.556), 0.734, 0.722,
            (0.447, 0.497), (0.472, 0.472), (0.526, 0.561), (0.574, 0.579)),
    Family("Nunito", _SANS, (0.495, 0.499), 0.710, 0.709,
            (0.412, 0.450), (0.485, 0.494), (0.497, 0.529), (0.599, 0.607)),
    Family("Nunito Sans", _SANS, (0.495, 0.499), 0.708, 0.718,
            (0.404, 0.447), (0.471, 0.494), (0.496, 0.529), (0.603, 0.599)),
    Family("Open Sans", _SANS, (0.545, 0.556), 0.734, 0.719,
            (0.445, 0.497), (0.463, 0.496), (0.516, 0.558), (0.571, 0.575)),
    Family("Oxygen", _SANS, (0.547, 0.550), 0.738, 0.723,
            (0.438, 0.476), (0.456, 0.461), (0.504, 0.542), (0.532, 0.552)),
    Family("Poppins", _SANS, (0.557, 0.566), 0.710, 0.714,
            (0.525, 0.554), (0.503, 0.500), (0.557, 0.601), (0.625, 0.625)),
    Family("PT Sans", _SANS, (0.512, 0.514), 0.714, 0.716,
            (0.401, 0.429), (0.397, 0.445), (0.478, 0.511), (0.548, 0.568)),
    Family("Public Sans", _SANS, (0.527, 0.527), 0.738, 0.719,
            (0.432, 0.471), (0.526, 0.553), (0.515, 0.541), (0.625, 0.590)),
    Family("Quicksand", _SANS, (0.523, 0.545), 0.726, 0.699,
            (0.449, 0.490), (0.441, 0.459), (0.506, 0.541), (0.545, 0.563)),
    Family("Raleway", _SANS, (0.530, 0.533), 0.718, 0.708,
            (0.465, 0.516), (0.493, 0.511), (0.526, 0.561), (0.535, 0.749)),
    Family("Roboto", _SANS, (0.538, 0.538), 0.724, 0.717,
            (0.436, 0.463), (0.469, 0.477), (0.493, 0.513), (0.561, 0.577)),
    Family("Rubik", _SANS, (0.530, 0.530), 0.708, 0.699,
            (0.454, 0.514), (0.497, 0.582), (0.523, 0.586), (0.535, 0.668)),
    Family("Source Sans 3", _SANS, (0.498, 0.508), 0.669, 0.651,
            (0.385, 0.430), (0.405, 0.440), (0.477, 0.506), (0.498, 0.528)),
    Family("Titillium Web", _SANS, (0.510, 0.512), 0.702, 0.697,
            (0.403, 0.435), (0.469, 0.447), (0.465, 0.487), (0.559, 0.553)),
    Family("Ubuntu", _SANS, (0.533, 0.540), 0.727, 0.704,
            (0.417, 0.452), (0.444, 0.486), (0.506, 0.533), (0.558, 0.565)),
    Family("Work Sans", _SANS, (0.510, 0.510), 0.673, 0.666,
            (0.448, 0.500), (0.475, 0.514), (0.531, 0.551), (0.592, 0.560)),
    Family("DejaVu Serif", _SERIF, (0.533, 0.533), 0.750, 0.749,
            (0.488, 0.546), (0.485, 0.554), (0.580, 0.660), (0.636, 0.692)),
    Family("Lora", _SERIF, (0.516, 0.516), 0.757, 0.731,
            (0.450, 0.469), (0.472, 0.472), (0.524, 0.571), (0.506, 0.536)),
    Family("Merriweather", _SERIF, (0.570, 0.570), 0.806, 0.752,
            (0.460, 0.478), (0.495, 0.515), (0.575, 0.598), (0.575, 0.593)),
    Family("Noto Serif", _SERIF, (0.546, 0.549), 0.725, 0.717,
            (0.428, 0.484), (0.446, 0.479), (0.561, 0.615), (0.557, 0.565)),
    Family("Playfair Display", _SERIF, (0.529, 0.531), 0.749, 0.718,
            (0.411, 0.430), (0.436, 0.454), (0.495, 0.538), (0.458, 0.503)),
    Family("Times New Roman", _SERIF, (0.471, 0.471), 0.679, 0.657,
            (0.369, 0.389), (0.419, 0.408), (0.460, 0.508), (0.498, 0.494)),
)
# fmt: on

# How much more often than the rest pages are set in these: the defaults of browsers and systems, and the families that
# font services deliver most. Shape alone often fits several families, each with sizes of its own.
COMMON = {
    "Arial": 6.0,
    "Times New Roman": 5.0,
    "Noto Sans": 4.0,
    "Roboto": 4.0,
    "Inter": 4.0,
    "Open Sans": 3.0,
    "Lato": 3.0,
    "DejaVu Sans": 3.0,
    "Source Sans 3": 2.0,
    "Montserrat": 2.0,
    "Poppins": 2.0,
    "Nunito": 1.5,
}
