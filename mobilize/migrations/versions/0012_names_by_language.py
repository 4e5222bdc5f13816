"""Names, sender names and postal addresses are by language; what there was is that of the default language.

A mailing whose sender's name was the organisation's own keeps none: it then has the organisation's in each language.
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_ORGANISATIONS = sa.table(
    "organisations",
    *map(sa.column, ("id", "name", "postal_address", "default_language")),
    sa.column("names", sa.JSON),
    sa.column("postal_addresses", sa.JSON),
)
_SENDERS = sa.table(
    "sending_identities",
    *map(sa.column, ("id", "organisation_id", "name", "address", "is_default")),
    sa.column("names", sa.JSON),
)
_MAILINGS = sa.table("mailings", *map(sa.column, ("organisation_id", "sender_name", "sender_address")))


def upgrade() -> None:
    for table, column in (
        ("organisations", "names"),
        ("organisations", "postal_addresses"),
        ("sending_identities", "names"),
    ):
        op.add_column(table, sa.Column(column, sa.JSON(), nullable=False, server_default=sa.text("'{}'")))
    connection = op.get_bind()
    for row in connection.execute(sa.select(_ORGANISATIONS)).all():
        _organisation(connection, row.id, row.default_language, row.name, row.postal_address)
    op.drop_column("organisations", "name")
    op.drop_column("organisations", "postal_address")
    op.drop_column("sending_identities", "name")


def downgrade() -> None:
    raise NotImplementedError("what an older version wrote is restored from a backup")


def _organisation(connection: sa.Connection, organisation_id: int, language: str, name: str, address: str) -> None:
    texts = {"names": _texts(language, name), "postal_addresses": _texts(language, address)}
    own = _ORGANISATIONS.c.id == organisation_id
    connection.execute(_ORGANISATIONS.update().where(own).values(texts))
    for sender in connection.execute(sa.select(_SENDERS).where(_SENDERS.c.organisation_id == organisation_id)).all():
        one = _SENDERS.update().where(_SENDERS.c.id == sender.id)
        connection.execute(one.values(names=_texts(language, sender.name)))
        if sender.is_default:
            _mailings(connection, organisation_id, sender.name, sender.address)


def _mailings(connection: sa.Connection, organisation_id: int, name: str, address: str) -> None:
    usual = {"organisation_id": organisation_id, "sender_name": name, "sender_address": address}
    same = [_MAILINGS.c[column] == value for column, value in usual.items()]
    connection.execute(_MAILINGS.update().where(*same).values(sender_name=""))


def _texts(language: str, words: str) -> dict[str, str]:
    return {language: words} if words else {}
