"""Alembic's entry: runs on the connection that ``mobilize.migrations.upgrade`` hands over."""

from alembic import context

from mobilize.models import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
    user_module_prefix="db.",
)
with context.begin_transaction():
    context.run_migrations()
