"""Every table of the product, for Alembic."""

from mobilize.accounts import models as accounts
from mobilize.core import audit, heartbeat, installation
from mobilize.core.db import Base
from mobilize.delivery import models as delivery
from mobilize.mailings import models as mailings
from mobilize.media import models as media
from mobilize.organisations import models as organisations
from mobilize.signup import models as signup
from mobilize.subscribers import models as subscribers
from mobilize.visitors import models as visitors

metadata = Base.metadata

__all__ = [
    "accounts",
    "audit",
    "delivery",
    "heartbeat",
    "installation",
    "mailings",
    "media",
    "metadata",
    "organisations",
    "signup",
    "subscribers",
    "visitors",
]
