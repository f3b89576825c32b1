"""Runs a Procfile: up in the order of the dependencies, down in the reverse one, and nothing is left.

The rooms, in the order in which a run goes through them:

__main__, arguments   the command line, for the Procfile of any folder; `invoke` calls the same functions
run                   the run as a list of steps; read it first
configuration/        Procfile, manifest and env files become the plan: a Specification a process
instance, detach      one run a folder, its lock and socket; in the background
ground, ports/        who holds a port, and where ports move
assembly              puts together what follows
lifecycle/            the engine: who starts when (ascent), what an exit means (aftermath), the end (shutdown)
processes/            the one loop; spawning, finding and killing trees; the guard that outlives a kill; POSIX
windows/              the same by Job Objects, threads and a named pipe
readiness/            healthchecks and watched files
output/               lines, colours, redaction, log files, JSON
control/              the socket: the server in the run, the client in the commands
problems, hints       every error with its place and what mends it

For users: docs/SUPERVISOR.md.
"""
