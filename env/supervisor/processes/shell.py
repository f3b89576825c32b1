"""From a Procfile command to what is executed."""

import re

# Words that only the shell knows: `exec` in front of them would look for a program.
_BUILTINS = frozenset(
    re.findall(
        r"\S+",
        """
        . : ! [ { alias bg break case cd command continue eval exec exit export fg for function getopts hash
        if jobs local read readonly return set shift source test time times trap type ulimit umask unalias
        unset until wait while
        """,
    )
)
_QUOTED = re.compile(r"""'[^']*'|"(?:\\.|[^"\\])*"|\\.""", re.DOTALL)
_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=\S*(?:\s+|$)")


def shell_argv(command: str) -> list[str]:
    """With `exec` where that is safe: a shell in between would die of SIGTERM without passing it on."""
    return ["/bin/sh", "-c", with_exec(command)]


def with_exec(command: str) -> str:
    plain = _QUOTED.sub("Q", command)
    if re.search(r"[;&|()`\n]|<<", plain):
        return command
    end = 0
    while assignment := _ASSIGNMENT.match(plain, end):
        end = assignment.end()
    words = plain[end:].split(maxsplit=1)
    if not words or words[0] in _BUILTINS or (end and "Q" in plain[:end]):
        return command
    return f"{command[:end]}exec {command[end:]}"
