"""Text as each format has to spell it, so that the program sees it unchanged."""

import json
import re
import shlex
from collections.abc import Iterable

# What JSON leaves as it is, but YAML takes for a line break, a byte order mark or refuses.
_UNPRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


def yaml_value(value: object) -> str:
    """In YAML's flow style, which is JSON but for a few characters; pairs of \\u escapes it does not join."""
    text = json.dumps(value, ensure_ascii=False)
    return _UNPRINTABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def undollared(value: object) -> object:
    """$$ is $ for compose, which interpolates $NAME everywhere, and for Kubernetes' $(NAME) in commands."""
    match value:
        case str():
            return value.replace("$", "$$")
        case list():
            return [undollared(item) for item in value]
        case dict():
            return {key: undollared(item) for key, item in value.items()}
        case _:
            return value


def systemd_word(text: str) -> str:
    """One word of a unit; $ stands for itself behind `ExecStart=:` and in Environment=."""
    if re.fullmatch(r"[\w./:=@+,-]+", text, re.ASCII):
        return text
    escaped = text.replace("\\", r"\\").replace('"', r"\"").replace("%", "%%")
    return '"' + re.sub(r"[\x00-\x1f\x7f]", lambda match: f"\\x{ord(match[0]):02x}", escaped) + '"'


def seconds(value: float) -> str:
    """Never with an exponent, which no format knows."""
    return f"{value:.3f}".rstrip("0").rstrip(".")


def systemd_command(argv: Iterable[str]) -> str:
    program, *arguments = argv
    return " ".join([program, *map(systemd_word, arguments)])


def systemd_path(path: object) -> str:
    """A path alone on its line takes no quotes."""
    return str(path).replace("%", "%%")


def supervisord_command(argv: Iterable[str]) -> str:
    """As shlex reads it again; with % doubled, and without a blank before ; or #, which begins a comment."""
    quoted = " ".join(map(shlex.quote, argv)).replace("%", "%%")
    return re.sub(r"(\s)(?=[;#])", r"\1''", quoted)


def supervisord_variable(name: str, value: str) -> str:
    """Raises ValueError: between its quotes supervisord knows no escapes."""
    if '"' in value or re.search(r"\s[;#]", value):
        raise ValueError(f"supervisord cannot be told {name}={value}")
    return '{}="{}"'.format(name, value.replace("%", "%%"))
