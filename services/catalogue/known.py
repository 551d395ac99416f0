"""The catalogue and the prices that a configuration means: its snapshot, its own models, its contracts."""

from __future__ import annotations

from datetime import date

from detectors.prices import PriceBook
from services.advisor.catalogue import Catalogue
from services.advisor.own import OwnModel, with_own
from services.config import Config, ConfigError
from services.config_models import ModelConfig
from services.wall import now
from services.wiring import contract_prices


def known_catalogue(config: Config, today: date | None = None) -> Catalogue:
    """Return the catalogue that holds for a configuration; own models are as old as today.

    Raises
    ------
    ConfigError : it names a snapshot that does not exist
    CatalogueError : what it names is no snapshot
    """
    file = config.catalogue
    if file and not file.is_file():
        raise ConfigError(
            f"catalogue: {file} does not exist; `fmwatch catalogue refresh` makes it, and without the key "
            "the catalogue that ships is used"
        )
    return with_own(Catalogue.load(file), own_models(config), today or now().date())


def price_book(config: Config, catalogue: Catalogue) -> PriceBook:
    """Return what calls cost: contracts, then list prices, then the catalogue's."""
    return PriceBook(contract_prices(config), catalogue.prices(), catalogue.deployments)


def own_models(config: Config) -> list[OwnModel]:
    """Return what the configuration says about models."""
    return [_own(model) for model in config.models]


def _own(model: ModelConfig) -> OwnModel:
    return OwnModel(
        platform=model.platform,
        model=model.model,
        serves=model.serves or "",
        base=model.base or "",
        mode=model.mode,
        status=model.status,
        released=model.released,
        shutdown_at=model.ends,
        earliest_at=model.lives_until,
        context_tokens=model.context_tokens,
        output_tokens=model.output_tokens,
        modalities=None if model.modalities is None else tuple(sorted(model.modalities)),
        tools=model.tools,
        json=model.structured_output,
        knowledge=model.knowledge.isoformat() if model.knowledge else None,
        regions=model.regions,
        hourly_usd=model.hourly_usd,
    )
