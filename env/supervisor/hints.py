"""Words commands so that they can be typed as they stand: `invoke status`, or the module in other folders."""

import sys
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]
STATE_DIR = ".dev"


def command(state_dir: Path, verb: str) -> str:
    """`verb` with its arguments, for example `logs api`; in back quotes."""
    state_dir = state_dir.resolve()
    if state_dir == _ROOT / STATE_DIR:
        return f"`invoke {verb}`"
    where = "" if state_dir == Path.cwd() / STATE_DIR else f" --state-dir {_quoted(state_dir)}"
    return f"`{_python()} -m env.supervisor {verb}{where}`"


def start_command(state_dir: Path) -> str:
    state_dir = state_dir.resolve()
    if state_dir == _ROOT / STATE_DIR:
        return "`invoke dev`"
    is_default = state_dir.name == STATE_DIR
    options = (
        f"--procfile {_quoted(state_dir.parent / 'Procfile')}"
        if is_default
        else f"--procfile FILE --state-dir {_quoted(state_dir)}"
    )
    return f"`{_python()} -m env.supervisor start {options}`"


def _python() -> str:
    import shutil  # slow to import; there is time on the way to an error

    return "python" if shutil.which("python") == sys.executable else _quoted(Path(sys.executable))


def _quoted(path: Path) -> str:
    import shlex

    return shlex.quote(str(path))
