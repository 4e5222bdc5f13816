"""Every table of the product, for Alembic."""

from mobilize.core import audit, feature, heartbeat, installation
from mobilize.core.db import Base
from mobilize.features import FEATURES

feature.load_models(FEATURES)
metadata = Base.metadata

__all__ = ["audit", "heartbeat", "installation", "metadata"]
