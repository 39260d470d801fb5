"""How often and how surely one value was seen over many pictures."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace

from designsystem.engine.observation import GivenName, Observation, Sighting, summed_names
from designsystem.engine.tokens.token_set import Source
from designsystem.engine.values import Role, Value

_PICTURES_KEPT = 20
_BOXES_KEPT = 24
_NAMES_KEPT = 20
_RULERS_KEPT = 24
_COMPONENTS_KEPT = 20
_LOSSY = frozenset({"image/jpeg"})
_MOST_SURE = 0.999  # however many pictures agree, each was measured


@dataclass(slots=True)
class Tally:
    """Sums for one value. `pictures` is a set of bits, one a picture, which stays small for any number of them."""

    value: Value
    pictures: int = 0
    lossless: bool = False
    count: int = 0
    share: float = 0.0
    doubt: float = 1.0  # the probability that every sighting was wrong, were they independent
    best: list[tuple[float, int, str, Observation]] = field(default_factory=list)
    roles: dict[Role, int] = field(default_factory=dict)
    names: Counter[tuple[str, str, str]] = field(default_factory=Counter)  # pictures by name, model and theme
    components: Counter[str] = field(default_factory=Counter)

    def add(self, seen: Observation, picture: int, source: Source, theme: str) -> None:
        """One picture more; `picture` is its number."""
        self.pictures |= 1 << picture
        self.lossless |= source.media_type not in _LOSSY
        self.count += seen.count
        self.share += seen.share
        self.doubt *= 1 - min(seen.confidence, _MOST_SURE)
        kept = replace(seen, boxes=seen.boxes[:_BOXES_KEPT], names=(), components=())
        self.best.append((-seen.confidence, -seen.count, source.sha256, kept))
        self._keep_best()
        for role in seen.roles:
            self.roles[role] = self.roles.get(role, 0) + 1
        for given in seen.names:
            self.names[given.name, given.by, theme] += given.pictures
        self.components.update(seen.components)

    def absorb(self, other: Tally) -> None:
        """Take over the sightings of another value that is this one, seen with noise."""
        self.pictures |= other.pictures
        self.lossless |= other.lossless
        self.count += other.count
        self.share += other.share
        self.doubt *= other.doubt
        self.best += other.best
        self._keep_best()
        for role, votes in other.roles.items():
            self.roles[role] = self.roles.get(role, 0) + votes
        self.names.update(other.names)
        self.components.update(other.components)

    def observation(self, pictures: int) -> Observation:
        """The evidence over `pictures` pictures: boxes and method of the most telling one, `share` the mean of all."""
        _, _, _, strongest = self.best[0]
        names = summed_names(GivenName(*key, pictures=count) for key, count in self.names.items())
        return replace(
            strongest,
            value=self.value,
            confidence=min(_MOST_SURE, 1 - self.doubt),
            count=self.count,
            share=self.share / pictures,
            roles=tuple(sorted(self.roles, key=lambda role: (-self.roles[role], list(Role).index(role)))),
            pictures=tuple(Sighting(sha256, -count) for _, count, sha256, _ in self.best),
            picture_count=self.pictures.bit_count(),
            names=names[:_NAMES_KEPT],
            rulers=tuple(dict.fromkeys(ruler for *_, seen in self.best for ruler in seen.rulers))[:_RULERS_KEPT],
            components=tuple(
                sorted(self.components, key=lambda kind: (-self.components[kind], kind))[:_COMPONENTS_KEPT]
            ),
        )

    def _keep_best(self) -> None:
        self.best.sort(key=lambda each: each[:3])
        del self.best[_PICTURES_KEPT:]
