"""Why somebody may be mailed: a list, a registration or an act, from the launch down to the link for leaving."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from mobilize.core.errors import TokenRefused
from mobilize.delivery.models import BasisKind

# Numbers in links that were mailed: never changed, never given to another kind.
_NUMBERS = {BasisKind.REGISTRATION: 1, BasisKind.ACT: 2}
_KINDS = {number: kind for kind, number in _NUMBERS.items()}


class Basis(NamedTuple):
    """What entitles a person to a mail: ``id`` is the list's, the registration's or the act's."""

    kind: BasisKind
    id: int


class Leaving(NamedTuple):
    """Whom a link for leaving names, and what it leaves: without a basis, everything."""

    recipient_id: int
    basis: Basis | None

    @property
    def ids(self) -> tuple[int, ...]:
        """The numbers of its token. A list has no kind in it: so were all tokens before there were other kinds."""
        if self.basis is None:
            return (self.recipient_id, 0)
        if self.basis.kind is BasisKind.LIST:
            return (self.recipient_id, self.basis.id)
        return (self.recipient_id, self.basis.id, _NUMBERS[self.basis.kind])

    @property
    def list_ids(self) -> list[int]:
        """The list that it leaves, if its basis is one."""
        is_list = self.basis is not None and self.basis.kind is BasisKind.LIST
        return [self.basis.id] if is_list and self.basis else []

    @classmethod
    def of(cls, ids: Sequence[int]) -> Leaving:
        """The reverse of ``ids``.

        Raises:
            TokenRefused: numbers of a kind that this version does not know.
        """
        match ids:
            case (recipient_id, 0):
                return cls(recipient_id, None)
            case (recipient_id, list_id):
                return cls(recipient_id, Basis(BasisKind.LIST, list_id))
            case (recipient_id, basis_id, number) if number in _KINDS:
                return cls(recipient_id, Basis(_KINDS[number], basis_id))
        raise TokenRefused


def list_basis(list_id: int) -> Basis:
    """Being on a list."""
    return Basis(BasisKind.LIST, list_id)


def as_json(bases: Iterable[Basis]) -> list[list[str | int]]:
    """As ``Message.bases`` stores them."""
    return [[basis.kind.value, basis.id] for basis in bases]


def from_json(stored: Iterable[Sequence[str | int]]) -> list[Basis]:
    """The reverse of ``as_json``."""
    return [Basis(BasisKind(str(kind)), int(number)) for kind, number in stored]
