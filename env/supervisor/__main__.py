"""`python -m env.supervisor`: runs any Procfile of any folder, and talks to what runs there."""

import gc
import sys

from env.supervisor.processes.early import hold_stop_signals, release_stop_signals

if __name__ == "__main__":
    hold_stop_signals()
    gc.disable()  # while it starts: a tenth of the time, and nothing of an import is garbage

from env.supervisor.arguments import Options, parse
from env.supervisor.problems import SupervisorError


def main(arguments: list[str]) -> int:
    try:
        options = parse(arguments)
    except SupervisorError as error:
        print(error, file=sys.stderr)
        return 2
    if isinstance(options, str):
        print(options)
        return 0
    if options.verb != "start" or options.name:
        release_stop_signals()  # a run does so when it can act on them
        gc.enable()
    return _VERBS[options.verb](options)


def _start(options: Options) -> int:
    if options.name:
        from env.commands.changes import start

        return start(options.state_dir, options.name)
    from env.supervisor.run import report, run

    def begin() -> int:
        try:
            return run(
                options.procfile,
                options.manifest,
                state_dir=options.state_dir,
                only=options.listed("--only"),
                skip=options.listed("--skip"),
                profiles=options.listed("--profile"),
                scale=options.scale,
                ports_auto=options.has("--ports"),
                is_json=options.has("--json"),
            )
        except SupervisorError as error:
            report(error)
            return 1
        except KeyboardInterrupt:  # before the first process
            return 130

    if options.has("--detach"):
        from env.supervisor.detach import detached

        return detached(options.state_dir, begin)
    return begin()


def _status(options: Options) -> int:
    from env.commands.status import status

    return status(options.state_dir, as_json=options.has("--json"), watch=options.has("--watch"))


def _logs(options: Options) -> int:
    from env.commands.logs import logs

    return logs(
        options.state_dir,
        options.name,
        follow=options.has("--follow"),
        since=options.value("--since"),
        grep=options.value("--grep"),
        lines=options.value("--lines"),
        as_json=options.has("--json"),
    )


def _restart(options: Options) -> int:
    from env.commands.changes import restart

    return restart(options.state_dir, options.name)


def _stop(options: Options) -> int:
    from env.commands.changes import stop

    return stop(options.state_dir, options.name or None)


def _wait(options: Options) -> int:
    from env.commands.changes import wait

    return wait(options.state_dir, options.value("--timeout", "120s"))


def _run(options: Options) -> int:
    from env.commands.run import run

    return run(
        options.state_dir, options.command, options.name, procfile=options.procfile, manifest=options.manifest
    )


def _attach(options: Options) -> int:
    from env.commands.attach import attach

    return attach(options.state_dir, options.name)


def _critical_chain(options: Options) -> int:
    from env.commands.critical_chain import critical_chain

    return critical_chain(options.state_dir, as_json=options.has("--json"))


_VERBS = {
    "start": _start,
    "status": _status,
    "logs": _logs,
    "restart": _restart,
    "stop": _stop,
    "wait": _wait,
    "run": _run,
    "attach": _attach,
    "critical-chain": _critical_chain,
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
