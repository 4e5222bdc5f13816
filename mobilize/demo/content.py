"""The demonstration's files, read into typed values; nothing here touches the database."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ORGANISATIONS = ("kazerne-dossin", "brussels", "nhc", "leidenasiacentre", "brussels-platform")
FOLDER = Path(__file__).parent
Texts = Mapping[str, str]


@dataclass(frozen=True)
class ListSource:
    """A topic; ``name`` and ``description`` are texts by language."""

    slug: str
    public: bool
    name: Texts
    description: Texts


@dataclass(frozen=True)
class FormSource:
    """A sign-up form: the slugs of its lists and its texts by language."""

    lists: tuple[str, ...]
    title: Texts
    intro: Texts
    thanks: Texts
    consent: Texts
    consent_version: int


@dataclass(frozen=True)
class OrganisationSource:
    """An organisation as its page describes it. ``names`` may be empty, ``label`` says by language what it is."""

    slug: str
    names: Texts
    label: Texts
    languages: tuple[str, ...]
    default_language: str
    zone: str
    accent: str
    postal_addresses: Texts
    sender_names: Texts
    sender_address: str
    lists: tuple[ListSource, ...]
    form: FormSource
    features: Mapping[str, Any]
    """What the file says for features by name, as each of them reads it."""


def organisation(slug: str) -> OrganisationSource:
    """One of ``ORGANISATIONS``."""
    data = _read("organisations", slug)
    sender = data.pop("sender")
    lists = tuple(ListSource(**one) for one in data.pop("lists"))
    form = _form(data.pop("form"))
    features = data.pop("features", {})
    languages = tuple(data.pop("languages"))
    return OrganisationSource(
        **data,
        languages=languages,
        sender_names=sender["names"],
        sender_address=sender["address"],
        lists=lists,
        form=form,
        features=features,
    )


def newsletter(slug: str, media: Mapping[str, str], absolute: Callable[[str], str]) -> dict[str, Any]:
    """The organisation's newsletter in the shape of a content file.

    ``media`` gives the stored name of each picture; ``absolute`` completes the links that stay in the product.
    """
    data = _read("newsletters", slug)
    for version in data["languages"].values():
        version["blocks"] = [_placed(block, media, absolute) for block in version["blocks"]]
    return data


def pictures(slug: str) -> tuple[str, ...]:
    """File names, below ``FOLDER / "pictures"``, that the organisation's newsletter shows."""
    versions = _read("newsletters", slug)["languages"].values()
    return tuple(sorted({block["media"] for version in versions for block in version["blocks"] if "media" in block}))


def _form(data: Mapping[str, Any]) -> FormSource:
    return FormSource(
        lists=tuple(data["lists"]),
        title=data["title"],
        intro=data["intro"],
        thanks=data["thanks"],
        consent=data["consent"]["wording"],
        consent_version=data["consent"]["version"],
    )


def _placed(block: dict[str, Any], media: Mapping[str, str], absolute: Callable[[str], str]) -> dict[str, Any]:
    """The block with stored picture names and complete links, also in the items of a list of links."""
    placed = dict(block)
    if "media" in placed:
        placed["media"] = media[placed["media"]]
    if placed.get("url", "").startswith("/"):
        placed["url"] = absolute(placed["url"])
    if "items" in placed:
        placed["items"] = [_placed(item, media, absolute) for item in placed["items"]]
    return placed


def _read(folder: str, slug: str) -> dict[str, Any]:
    text = (FOLDER / folder / f"{slug}.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found
