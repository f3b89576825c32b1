"""The words that the CHECK constraints of the database allow."""

from typing import Literal

Role = Literal["user", "admin"]
SourceType = Literal["url_list", "web_page"]
JobStatus = Literal["pending", "running", "stopping", "stopped", "completed", "failed"]
ChunkKind = Literal["discover", "fetch"]
ChunkState = Literal["pending", "dispatched", "running", "done", "dead", "cancelled"]
UrlKind = Literal["page", "image"]
UrlState = Literal["pending", "discovered", "stored", "duplicate", "rejected", "failed"]
ImageFormat = Literal["jpeg", "png", "webp", "gif"]
ExportFormat = Literal["imagefolder"]
ExportStatus = Literal["pending", "ready", "failed"]

TERMINAL_JOB_STATUSES: frozenset[JobStatus] = frozenset({"stopped", "completed", "failed"})
