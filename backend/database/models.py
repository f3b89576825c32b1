"""Mirrors frontend/lib/db/schema.ts, the source of truth. Relations are joined by hand; none loads itself."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    FetchedValue,
    ForeignKey,
    Identity,
    Index,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from backend.database.states import (
    ChunkKind,
    ChunkState,
    ExportFormat,
    ExportStatus,
    ImageFormat,
    JobStatus,
    Role,
    SourceType,
    UrlKind,
    UrlState,
)

# The names Drizzle gives, so that both sides make the same database.
_NAMING = {
    "fk": "%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s_%(referred_column_0_N_name)s_fk",
    "uq": "%(table_name)s_%(column_0_N_name)s_unique",
    "ix": "%(table_name)s_%(column_0_N_name)s_idx",
    "pk": "%(table_name)s_pkey",
    "ck": "%(table_name)s_%(constraint_name)s_check",
}

Id = Annotated[UUID, mapped_column(primary_key=True, server_default=text("gen_random_uuid()"))]
Serial = Annotated[int, mapped_column(BigInteger, Identity(always=True), primary_key=True)]
Counter = Annotated[int, mapped_column(server_default=text("0"))]
Big = Annotated[int, mapped_column(BigInteger)]
BigCounter = Annotated[int, mapped_column(BigInteger, server_default=text("0"))]
Empty = Annotated[str, mapped_column(server_default="")]
CreatedAt = Annotated[datetime, mapped_column(server_default=func.now())]
# A trigger writes it on every update.
UpdatedAt = Annotated[datetime, mapped_column(server_default=func.now(), server_onupdate=FetchedValue())]


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=_NAMING)
    type_annotation_map = {str: Text(), datetime: DateTime(timezone=True), UUID: Uuid()}  # noqa: RUF012
    # What the database fills in comes back with the statement: a later read would need a connection.
    __mapper_args__ = {"eager_defaults": True}  # noqa: RUF012


Table("users", Base.metadata, Column("id", Uuid(), primary_key=True), schema="auth")


def _belongs_to(column: str, on_delete: str = "CASCADE") -> ForeignKey:
    return ForeignKey(column, ondelete=on_delete)


class Profile(Base):
    __tablename__ = "profiles"
    __table_args__ = (CheckConstraint("role in ('user', 'admin')", name="role"),)

    id: Mapped[UUID] = mapped_column(_belongs_to("auth.users.id"), primary_key=True)
    email: Mapped[str]
    full_name: Mapped[Empty]
    role: Mapped[Role] = mapped_column(Text, server_default="user")
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]


class Project(Base):
    __tablename__ = "projects"
    __table_args__ = (
        Index(None, "user_id", "created_at", "id"),
        CheckConstraint("length(name) between 1 and 120", name="name"),
    )

    id: Mapped[Id]
    user_id: Mapped[UUID] = mapped_column(_belongs_to("profiles.id"))
    name: Mapped[str]
    description: Mapped[Empty]
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]


class CrawlJob(Base):
    __tablename__ = "crawl_jobs"
    __table_args__ = (
        Index(None, "user_id", "created_at", "id"),
        Index(None, "project_id", "created_at", "id"),
        Index("crawl_jobs_active_idx", "status", postgresql_where=text("status in ('running', 'stopping')")),
        CheckConstraint("source_type in ('url_list', 'web_page')", name="source_type"),
        CheckConstraint(
            "status in ('pending', 'running', 'stopping', 'stopped', 'completed', 'failed')", name="status"
        ),
        CheckConstraint("max_images between 1 and 100000", name="max_images"),
        CheckConstraint("min_size between 1 and 10000", name="min_size"),
    )

    id: Mapped[Id]
    project_id: Mapped[UUID] = mapped_column(_belongs_to("projects.id"))
    user_id: Mapped[UUID] = mapped_column(_belongs_to("profiles.id"))
    name: Mapped[str]
    source_type: Mapped[SourceType] = mapped_column(Text)
    sources: Mapped[list[str]] = mapped_column(ARRAY(Text))
    label: Mapped[Empty]
    max_images: Mapped[int] = mapped_column(server_default=text("500"))
    min_size: Mapped[int] = mapped_column(server_default=text("64"))
    status: Mapped[JobStatus] = mapped_column(Text, server_default="pending")
    error: Mapped[str | None]
    version: Mapped[BigCounter]
    urls_total: Mapped[Counter]
    urls_done: Mapped[Counter]
    images_stored: Mapped[Counter]
    images_duplicate: Mapped[Counter]
    urls_rejected: Mapped[Counter]
    urls_failed: Mapped[Counter]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]


class JobChunk(Base):
    __tablename__ = "job_chunks"
    __table_args__ = (
        UniqueConstraint("crawl_job_id", "seq"),
        Index(
            "job_chunks_open_idx",
            "state",
            "lease_until",
            postgresql_where=text("state in ('pending', 'dispatched', 'running')"),
        ),
        CheckConstraint("kind in ('discover', 'fetch')", name="kind"),
        CheckConstraint(
            "state in ('pending', 'dispatched', 'running', 'done', 'dead', 'cancelled')", name="state"
        ),
    )

    id: Mapped[Id]
    crawl_job_id: Mapped[UUID] = mapped_column(_belongs_to("crawl_jobs.id"))
    seq: Mapped[int]
    kind: Mapped[ChunkKind] = mapped_column(Text)
    state: Mapped[ChunkState] = mapped_column(Text, server_default="pending")
    attempt: Mapped[Counter]
    lease_owner: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    fence: Mapped[BigCounter]
    not_before: Mapped[CreatedAt]
    last_error: Mapped[str | None]
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]


class Image(Base):
    __tablename__ = "images"
    __table_args__ = (
        UniqueConstraint("project_id", "sha256"),
        Index(None, "project_id", "seq"),
        Index(None, "crawl_job_id", "seq"),
        Index(None, "user_id"),
        Index(None, "sha256"),
        CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256"),
        CheckConstraint("format in ('jpeg', 'png', 'webp', 'gif')", name="format"),
        CheckConstraint("width > 0 and height > 0 and bytes > 0", name="size"),
    )

    id: Mapped[Id]
    seq: Mapped[int] = mapped_column(BigInteger, Identity(always=True))
    project_id: Mapped[UUID] = mapped_column(_belongs_to("projects.id"))
    crawl_job_id: Mapped[UUID | None] = mapped_column(_belongs_to("crawl_jobs.id", "SET NULL"))
    user_id: Mapped[UUID] = mapped_column(_belongs_to("profiles.id"))
    sha256: Mapped[str]
    phash: Mapped[Big]
    width: Mapped[int]
    height: Mapped[int]
    format: Mapped[ImageFormat] = mapped_column(Text)
    bytes: Mapped[int]
    label: Mapped[Empty]
    source_url: Mapped[str]
    source_page: Mapped[str | None]
    alt_text: Mapped[str | None]
    licence: Mapped[str | None]
    licence_url: Mapped[str | None]
    author: Mapped[str | None]
    fetched_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]


class CrawlUrl(Base):
    __tablename__ = "crawl_urls"
    __table_args__ = (
        UniqueConstraint("crawl_job_id", "url"),
        Index(None, "crawl_job_id", "state", "id"),
        Index(None, "chunk_id", "state"),
        Index(None, "image_id"),
        CheckConstraint("kind in ('page', 'image')", name="kind"),
        CheckConstraint("length(url) between 1 and 2048", name="url"),
        CheckConstraint(
            "state in ('pending', 'discovered', 'stored', 'duplicate', 'rejected', 'failed')", name="state"
        ),
    )

    id: Mapped[Serial]
    crawl_job_id: Mapped[UUID] = mapped_column(_belongs_to("crawl_jobs.id"))
    chunk_id: Mapped[UUID | None] = mapped_column(_belongs_to("job_chunks.id", "SET NULL"))
    kind: Mapped[UrlKind] = mapped_column(Text)
    url: Mapped[str]
    source_page: Mapped[str | None]
    alt_text: Mapped[str | None]
    licence: Mapped[str | None]
    licence_url: Mapped[str | None]
    author: Mapped[str | None]
    state: Mapped[UrlState] = mapped_column(Text, server_default="pending")
    reason: Mapped[str | None]
    http_status: Mapped[int | None]
    image_id: Mapped[UUID | None] = mapped_column(_belongs_to("images.id", "SET NULL"))
    attempts: Mapped[Counter]
    finished_at: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]


class Export(Base):
    __tablename__ = "exports"
    __table_args__ = (
        UniqueConstraint("project_id", "version"),
        Index(None, "user_id"),
        CheckConstraint("format in ('imagefolder')", name="format"),
        CheckConstraint("status in ('pending', 'ready', 'failed')", name="status"),
    )

    id: Mapped[Id]
    project_id: Mapped[UUID] = mapped_column(_belongs_to("projects.id"))
    user_id: Mapped[UUID] = mapped_column(_belongs_to("profiles.id"))
    version: Mapped[int]
    format: Mapped[ExportFormat] = mapped_column(Text)
    status: Mapped[ExportStatus] = mapped_column(Text, server_default="pending")
    image_count: Mapped[Counter]
    bytes: Mapped[BigCounter]
    sha256: Mapped[str | None]
    storage_key: Mapped[str | None]
    error: Mapped[str | None]
    created_at: Mapped[CreatedAt]
    finished_at: Mapped[datetime | None]


class Outbox(Base):
    """Messages that leave with the transaction that wrote them."""

    __tablename__ = "outbox"

    id: Mapped[Serial]
    task: Mapped[str]
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB)
    created_at: Mapped[CreatedAt]
