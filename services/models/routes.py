"""The models in use over the local HTTP, for those who may read everything."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.access.door import Door
from services.access.readers import whole
from services.advisor.catalogue import Catalogue
from services.config import Config
from services.models.document import read
from store.database import Database

PATH = "/api/models.json"


def models_route(database: Database, catalogue: Catalogue, config: Config, entrance: Door) -> Route:
    """Return the route; the application answers where the store is away."""

    def answered(_: Request) -> Response:
        return JSONResponse(read(database, catalogue, config), headers={"Cache-Control": "no-store"})

    return Route(PATH, answered, middleware=whole(entrance))
