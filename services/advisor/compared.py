"""What people compared with the models in use, and where the same two compare on other routes of the kind."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from services.advisor.catalogue import Catalogue
from services.advisor.compare.pairs import Pairs
from services.advisor.read_labels import Labels, Model
from services.advisor.usage import RouteUsage

_Kind = tuple[str, Model, bool, Model]  # tenant, incumbent, with passages or without, candidate


class Compared:
    """Labelled pairs by the catalogue's spelling of both models.

    Routes of one kind are a tenant's with the same incumbent, all with passages or all without: between such
    routes two models differed by about the same, across kinds by 13 points.
    """

    def __init__(self, labels: Labels, used: Sequence[RouteUsage], catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._pairs: dict[tuple[str, str, Model], dict[Model, Pairs]] = {}
        self._of_kind: dict[_Kind, dict[str, Pairs]] = defaultdict(dict)
        for item in used:
            mine = labels.get((item.tenant, item.route, item.platform, item.model), {})
            found = {self._spelled(platform, model): pairs for (platform, model), pairs in mine.items()}
            self._pairs[self._key(item)] = found
            for candidate, pairs in found.items():
                self._of_kind[self._kind(item, candidate)][item.route] = pairs

    def of(self, item: RouteUsage) -> Mapping[Model, Pairs]:
        """Return the pairs of a model on a route, by the other model."""
        return self._pairs[self._key(item)]

    def sisters(self, item: RouteUsage) -> Mapping[Model, Sequence[Pairs]]:
        """Return the pairs of the same two models on other routes of this kind, by the other model."""
        return {
            candidate: [
                pairs
                for route, pairs in self._of_kind[self._kind(item, candidate)].items()
                if route != item.route
            ]
            for candidate in self.of(item)
        }

    def _key(self, item: RouteUsage) -> tuple[str, str, Model]:
        return item.tenant, item.route, (item.platform, item.model)

    def _kind(self, item: RouteUsage, candidate: Model) -> _Kind:
        return item.tenant, self._spelled(item.platform, item.model, item.served), item.grounded, candidate

    def _spelled(self, platform: str, model: str, served: str = "") -> Model:
        entry = self._catalogue.find(platform, model, served)
        return (entry.platform, entry.model) if entry else (platform, model)
