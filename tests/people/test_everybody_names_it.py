"""Whatever is held about a person is named by its feature (invariant 13)."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from mobilize.core import feature
from mobilize.core.db import Base
from mobilize.delivery.models import Recipient
from mobilize.features import FEATURES

ROOT = Path(__file__).resolve().parent.parent.parent


def tables_about_people() -> set[str]:
    """Every table of the house with a column that names a recipient, by a foreign key or by its name."""
    own = f"{Recipient.__tablename__}.id"
    return {
        table.name
        for table in Base.metadata.tables.values()
        if any(key.target_fullname == own for key in table.foreign_keys) or "recipient_id" in table.columns
    }


def owner_of(table: str) -> str:
    """The feature whose models hold the table."""
    models = {one.models: one.name for one in FEATURES if one.models}
    (owner,) = [
        models[mapper.class_.__module__]
        for mapper in Base.registry.mappers
        if mapper.local_table is Base.metadata.tables[table] and mapper.class_.__module__ in models
    ]
    return owner


def test_every_table_that_names_a_recipient_is_of_a_feature_with_personal_data():
    """Its rows stand on the person's page and in their export, and go when the person is erased."""
    for one in FEATURES:
        if one.models:
            import_module(one.models)
    found = tables_about_people()
    assert found >= {"deliveries", "returns", "subscribers", "subscriptions", "consents", "visitor_requests"}
    assert {table: owner_of(table) for table in found if owner_of(table) not in feature.personal_data()} == {}


def test_every_file_of_personal_data_is_named_by_its_feature():
    """A feature that has a file of it also names it."""
    written = {path.parent.name for path in (ROOT / "mobilize").glob("*/personal_data.py")}
    assert written == {one.name for one in FEATURES if one.personal_data}
