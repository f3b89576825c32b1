from collections.abc import Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Engine, Row, text

from backend.exports.directories import directory_names
from backend.exports.imagefolder import Archive, ExportImage, write_imagefolder
from backend.storage import MissingObjectError, Storage, export_key, original_key
from backend.utility.logging_config import get_logger

_log = get_logger(__name__)

_ROWS_AT_A_TIME = 500

# One builder at a time; the lock goes with the transaction, and so with the process.
_LOCK = text("select pg_try_advisory_xact_lock(hashtextextended('export ' || :id, 0))")

_EXPORT = text("""
    select e.id, e.project_id, p.name from exports e join projects p on p.id = e.project_id
    where e.id = :id and e.status = 'pending'
""")

_LABELS = text("select distinct label from images where project_id = :project_id and deleted_at is null")

_IMAGES = text("""
    select sha256, format, width, height, label, source_url, source_page, alt_text,
           licence, licence_url, author,
           to_char(fetched_at at time zone 'utc', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as fetched_at
    from images where project_id = :project_id and deleted_at is null
    order by label collate "C", sha256
""")

_READY = text("""
    update exports set status = 'ready', image_count = :image_count, bytes = :bytes, sha256 = :sha256,
                       storage_key = :storage_key, finished_at = now()
    where id = :id and status = 'pending'
""")

_FAILED = text("""
    update exports set status = 'failed', error = :error, finished_at = now()
    where id = :id and status = 'pending'
""")

_IS_READY = text("select exists (select from exports where id = :id and status = 'ready')")

# Whoever lost the connection lost the lock with it, and somebody else may be building by now.
_HOLDS_LOCK = text("select 1")

_NOTIFY = text("select pg_notify('export', :id)")


def build_export(export_id: UUID, database: Engine, storage: Storage) -> None:
    """Freezes the project as it is now and writes its archive. Running it twice does no harm."""
    snapshot = database.execution_options(isolation_level="REPEATABLE READ")
    with snapshot.begin() as connection:
        if not connection.execute(_LOCK, {"id": str(export_id)}).scalar():
            return
        export = connection.execute(_EXPORT, {"id": export_id}).one_or_none()
        if export is None:
            return
        try:
            archive = _write(connection, export, storage)
        except (MissingObjectError, OSError) as error:
            _log.exception("export failed", export_id=str(export_id))
            _fail(database, export_id, error)
            return
        # Still under the lock: between it and the answer another builder would write a later snapshot.
        _finish(database, export_id, archive, storage)


def _write(connection: Connection, export: Row[Any], storage: Storage) -> Archive:
    project = {"project_id": export.project_id}
    directories = directory_names(connection.execute(_LABELS, project).scalars())
    with storage.writer(export_key(export.id)) as out:
        archive = write_imagefolder(
            out,
            export.name,
            _images(connection, export.project_id),
            directories,
            lambda sha256: storage.get(original_key(sha256)),
        )
        connection.execute(_HOLDS_LOCK)
        return archive


def _images(connection: Connection, project_id: UUID) -> Iterator[ExportImage]:
    rows = connection.execution_options(yield_per=_ROWS_AT_A_TIME).execute(
        _IMAGES, {"project_id": project_id}
    )
    for row in rows:
        yield ExportImage(*row)


def _finish(database: Engine, export_id: UUID, archive: Archive, storage: Storage) -> None:
    facts = {"image_count": archive.image_count, "bytes": archive.bytes, "sha256": archive.sha256}
    key = export_key(export_id)
    with database.begin() as connection:
        if connection.execute(_READY, {"id": export_id, "storage_key": key, **facts}).rowcount == 0:
            # Deleted, or given up, while it was built: nobody will ask for this file.
            if not connection.execute(_IS_READY, {"id": export_id}).scalar():
                storage.delete(key)
            _log.info("export no longer wanted", export_id=str(export_id))
            return
        connection.execute(_NOTIFY, {"id": str(export_id)})
    _log.info("export ready", export_id=str(export_id), **facts)


def _fail(database: Engine, export_id: UUID, error: Exception) -> None:
    reason = "missing_file" if isinstance(error, MissingObjectError) else "storage_error"
    with database.begin() as connection:
        connection.execute(_FAILED, {"id": export_id, "error": reason})
        connection.execute(_NOTIFY, {"id": str(export_id)})
