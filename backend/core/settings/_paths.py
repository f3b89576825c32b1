from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
ROOT_FILE, BACKEND_FILE = ROOT / ".env", ROOT / "backend" / ".env"
# A later file wins over an earlier one; the real environment wins over all.
ENV_FILES = tuple(
    layer for file in (ROOT_FILE, BACKEND_FILE) for layer in (file, file.with_name(f"{file.name}.local"))
)
