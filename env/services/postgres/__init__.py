"""PostgreSQL without installation. `python -m env.services.postgres` runs the development server."""

from env.services.postgres.temporary import create_database, temporary_cluster

__all__ = ["create_database", "temporary_cluster"]
