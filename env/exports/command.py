"""What `invoke export` does: render the plan for a target, write the files, say what to do with them."""

import json
import sys
import tomllib
from pathlib import Path

from env.exports.application import application
from env.exports.base import Export, unsupported
from env.exports.compose import Compose
from env.exports.files import write
from env.exports.kubernetes import Kubernetes
from env.exports.supervisord import Supervisord
from env.exports.systemd import Systemd
from env.supervisor.problems import SupervisorError, closest
from env.supervisor.run import read_plan, report

TARGETS: dict[str, type[Export]] = {
    target.target: target for target in (Systemd, Supervisord, Compose, Kubernetes)
}


def export(
    target: str,
    procfile: Path,
    manifest: Path | None = None,
    *,
    out: Path | None = None,
    user: str = "",
    image: str = "",
    force: bool = False,
    as_json: bool = False,
) -> int:
    """The exit code. `out`: by default deploy/TARGET beside the Procfile."""
    try:
        _export(target, procfile, manifest, out, user, image, force=force, as_json=as_json)
    except SupervisorError as error:
        report(error)
        return 1
    except OSError as error:
        print(f"{error.filename}: {error.strerror}\n    -> write elsewhere with --out", file=sys.stderr)
        return 1
    return 0


def _export(
    target: str,
    procfile: Path,
    manifest: Path | None,
    out: Path | None,
    user: str,
    image: str,
    *,
    force: bool,
    as_json: bool,
) -> None:
    if target not in TARGETS:
        raise unsupported("--target", f"unknown target '{target}'", closest(target, TARGETS))
    exporter = TARGETS[target]()
    root = procfile.resolve().parent
    plan = read_plan(procfile, manifest)
    app = application(plan, _name(manifest) or root.name, root, user=user, image=image)
    folder = out or root / "deploy" / target
    done = write(exporter.files(app), folder, force=force)
    notes = [
        *exporter.notes(app),
        *(f"{path} is left from an earlier export; remove it" for path in done.stale),
    ]
    command = exporter.next_command(app, folder)
    if as_json:
        listed = {kind: [str(path) for path in paths] for kind, paths in done._asdict().items()}
        print(json.dumps({"target": target, **listed, "notes": notes, "next": command}, indent=2))
        return
    for path in done.written:
        print(f"wrote {path}")
    for path in done.unchanged:
        print(f"unchanged {path}")
    for note in notes:
        print(f"note: {note}")
    print(f"    -> {command}")


def _name(manifest: Path | None) -> str:
    """As the project calls itself. The plan has been read: the manifest is TOML."""
    project = tomllib.loads(manifest.read_text("utf-8")).get("project", {}) if manifest else {}
    return str(project.get("name", "")) if isinstance(project, dict) else ""
