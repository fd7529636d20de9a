"""How Alembic runs our migrations: on the connection it is handed, each in one transaction."""

from __future__ import annotations

from alembic import context

from doorward.store.models import Record

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Record.metadata,
    render_as_batch=True,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
connection.commit()
