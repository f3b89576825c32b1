from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
# A later file wins over an earlier one; the real environment wins over both.
ENV_FILES = (ROOT / ".env", ROOT / "backend" / ".env")
