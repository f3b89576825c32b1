"""`python -m env.supervisor start --procfile FILE`: runs any Procfile of any folder."""

import sys
from pathlib import Path

from env.supervisor.problems import SupervisorError
from env.supervisor.run import report, run


def main(arguments: list[str]) -> int:
    import argparse

    parser = argparse.ArgumentParser(prog="python -m env.supervisor")
    start = parser.add_subparsers(dest="command", required=True).add_parser("start", help="start a Procfile")
    start.add_argument("--procfile", type=Path, default=Path("Procfile"))
    start.add_argument("--manifest", type=Path, help="TOML with [tool.pixcrawler.processes.NAME]")
    start.add_argument("--state-dir", type=Path, help="default: .dev beside the Procfile")
    start.add_argument("--only", type=_names, default=[], metavar="A,B", help="these and what they depend on")
    start.add_argument("--skip", type=_names, default=[], metavar="A,B")
    start.add_argument("--profile", type=_names, default=[], metavar="A,B")
    start.add_argument("--detach", action="store_true", help="return as soon as everything is ready")
    start.add_argument("--json", action="store_true", help="a JSON object per line of output and event")
    options = parser.parse_args(arguments)
    state_dir = options.state_dir or options.procfile.resolve().parent / ".dev"

    def begin() -> int:
        try:
            return run(
                options.procfile,
                options.manifest,
                state_dir=state_dir,
                only=options.only,
                skip=options.skip,
                profiles=options.profile,
                is_json=options.json,
            )
        except SupervisorError as error:
            report(error)
            return 1
        except KeyboardInterrupt:  # before the first process
            return 130

    if options.detach:
        from env.supervisor.detach import detached

        return detached(state_dir, begin)
    return begin()


def _names(value: str) -> list[str]:
    return [name for name in value.split(",") if name]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
