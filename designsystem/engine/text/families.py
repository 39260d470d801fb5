"""How the letters of common families are built, to tell what size a height or a width of ink stands for."""

from __future__ import annotations

from dataclasses import dataclass

from designsystem.engine.values import FontClass


@dataclass(frozen=True, slots=True)
class Family:
    """Lengths in em, as this package measures them on text painted at 28 px and more without hinting.

    `x_height` and `upper` (the commonest height of what is taller: ascenders and capitals, in text that shows both)
    are of running text, `capital` of capitals and digits alone; `letter` and `digit` are median ink widths (see
    widths.py), regular and bold. Families that others are cut to match stand for those too: Arial for Helvetica and
    Liberation Sans, Times New Roman for Times and Liberation Serif, Noto Sans for Open Sans.
    """

    name: str
    font_class: FontClass
    x_height: float
    upper: float
    capital: float
    letter: tuple[float, float]
    digit: tuple[float, float]


FAMILIES = (
    Family("Archivo", FontClass.SANS, 0.539, 0.696, 0.700, (0.465, 0.500), (0.469, 0.499)),
    Family("Arial", FontClass.SANS, 0.539, 0.700, 0.690, (0.465, 0.482), (0.465, 0.482)),
    Family("Barlow", FontClass.SANS, 0.520, 0.706, 0.708, (0.395, 0.453), (0.404, 0.459)),
    Family("Cabin", FontClass.SANS, 0.501, 0.734, 0.707, (0.441, 0.446), (0.457, 0.566)),
    Family("DejaVu Sans", FontClass.SANS, 0.564, 0.739, 0.732, (0.459, 0.550), (0.470, 0.562)),
    Family("DM Sans", FontClass.SANS, 0.520, 0.718, 0.719, (0.445, 0.490), (0.499, 0.491)),
    Family("Exo 2", FontClass.SANS, 0.500, 0.700, 0.698, (0.421, 0.477), (0.437, 0.492)),
    Family("Figtree", FontClass.SANS, 0.515, 0.711, 0.719, (0.432, 0.463), (0.486, 0.510)),
    Family("Fira Sans", FontClass.SANS, 0.547, 0.721, 0.698, (0.427, 0.481), (0.428, 0.472)),
    Family("IBM Plex Sans", FontClass.SANS, 0.530, 0.723, 0.704, (0.449, 0.476), (0.473, 0.539)),
    Family("Inter", FontClass.SANS, 0.560, 0.733, 0.735, (0.457, 0.498), (0.498, 0.552)),
    Family("Karla", FontClass.SANS, 0.499, 0.649, 0.655, (0.405, 0.433), (0.489, 0.510)),
    Family("Lato", FontClass.SANS, 0.524, 0.736, 0.722, (0.414, 0.440), (0.476, 0.496)),
    Family("Libre Franklin", FontClass.SANS, 0.539, 0.740, 0.732, (0.439, 0.489), (0.530, 0.494)),
    Family("Manrope", FontClass.SANS, 0.556, 0.731, 0.730, (0.465, 0.493), (0.475, 0.491)),
    Family("Montserrat", FontClass.SANS, 0.535, 0.721, 0.701, (0.483, 0.544), (0.516, 0.553)),
    Family("Mulish", FontClass.SANS, 0.520, 0.721, 0.706, (0.448, 0.469), (0.494, 0.501)),
    Family("Noto Sans", FontClass.SANS, 0.552, 0.734, 0.722, (0.447, 0.497), (0.472, 0.472)),
    Family("Nunito", FontClass.SANS, 0.498, 0.710, 0.709, (0.412, 0.450), (0.485, 0.494)),
    Family("Nunito Sans", FontClass.SANS, 0.499, 0.708, 0.718, (0.404, 0.447), (0.471, 0.494)),
    Family("Open Sans", FontClass.SANS, 0.549, 0.734, 0.719, (0.445, 0.497), (0.463, 0.496)),
    Family("Oxygen", FontClass.SANS, 0.549, 0.738, 0.723, (0.438, 0.476), (0.456, 0.461)),
    Family("Poppins", FontClass.SANS, 0.565, 0.710, 0.714, (0.525, 0.554), (0.503, 0.500)),
    Family("PT Sans", FontClass.SANS, 0.517, 0.714, 0.716, (0.401, 0.429), (0.397, 0.445)),
    Family("Public Sans", FontClass.SANS, 0.528, 0.738, 0.719, (0.432, 0.471), (0.526, 0.553)),
    Family("Quicksand", FontClass.SANS, 0.527, 0.726, 0.699, (0.449, 0.490), (0.441, 0.459)),
    Family("Raleway", FontClass.SANS, 0.531, 0.718, 0.708, (0.465, 0.516), (0.493, 0.511)),
    Family("Roboto", FontClass.SANS, 0.539, 0.724, 0.717, (0.436, 0.463), (0.469, 0.477)),
    Family("Rubik", FontClass.SANS, 0.531, 0.708, 0.699, (0.454, 0.514), (0.497, 0.582)),
    Family("Source Sans 3", FontClass.SANS, 0.502, 0.669, 0.651, (0.385, 0.430), (0.405, 0.440)),
    Family("Titillium Web", FontClass.SANS, 0.514, 0.702, 0.697, (0.403, 0.435), (0.469, 0.447)),
    Family("Ubuntu", FontClass.SANS, 0.536, 0.727, 0.704, (0.417, 0.452), (0.444, 0.486)),
    Family("Work Sans", FontClass.SANS, 0.510, 0.673, 0.666, (0.448, 0.500), (0.475, 0.514)),
    Family("DejaVu Serif", FontClass.SERIF, 0.535, 0.750, 0.749, (0.488, 0.546), (0.485, 0.554)),
    Family("Lora", FontClass.SERIF, 0.520, 0.757, 0.731, (0.450, 0.469), (0.472, 0.472)),
    Family("Merriweather", FontClass.SERIF, 0.562, 0.806, 0.752, (0.460, 0.478), (0.495, 0.515)),
    Family("Noto Serif", FontClass.SERIF, 0.548, 0.725, 0.717, (0.428, 0.484), (0.446, 0.479)),
    Family("Playfair Display", FontClass.SERIF, 0.531, 0.749, 0.718, (0.411, 0.430), (0.436, 0.454)),
    Family("Times New Roman", FontClass.SERIF, 0.469, 0.679, 0.657, (0.369, 0.389), (0.419, 0.408)),
)
