"""The way of a line: lines per CPU-second, memory, latency, and secrets that got through.

    python benchmarks/supervisor/logpath.py [--lines 500000] [--rounds 3] [--json FILE]
    python benchmarks/supervisor/logpath.py --fuzz 100        # MB of random text full of secrets

Three children flood a real supervisor whose output is a file; `secrets` is the same with 30 of them to look
for. CPU and memory are those of the supervisor and its guard alone, by Linux' /proc.
"""

# ruff: noqa: S311 - nothing here has to be unpredictable
import argparse
import base64
import json
import os
import random
import re
import select
import shlex
import signal
import statistics
import string
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import quote, quote_plus

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from env.supervisor.output.logfiles import LogFile  # noqa: E402
from env.supervisor.output.output import PrefixStyle, Stream  # noqa: E402
from env.supervisor.output.redaction import Redactor  # noqa: E402
from env.supervisor.output.screen import Screen  # noqa: E402
from env.supervisor.processes.loop import Loop  # noqa: E402

NAMES = ("p1", "p2", "p3")
WIDTH = 80
TICKS = os.sysconf("SC_CLK_TCK")
FLOOD = """
import sys, time
name, lines, pad = sys.argv[1], int(sys.argv[2]), "x" * int(sys.argv[3])
for start in range(0, lines, 500):
    sys.stdout.write("".join(f"{name} {n:08d} {pad}\\n" for n in range(start, min(lines, start + 500))))
print(f"{name} SENTINEL", flush=True)
time.sleep(600)
"""
TICK = """
import time
time.sleep(0.5)
for _ in range(200):
    print("TICK", time.monotonic_ns(), flush=True)
    time.sleep(0.01)
time.sleep(600)
"""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--lines", type=int, default=500_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--fuzz", type=int, default=0, metavar="MB")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path, metavar="FILE")
    options = parser.parse_args()
    if options.fuzz:
        figures = {"fuzz": fuzz(options.fuzz, options.seed)}
    else:
        figures = {
            "plain": flood(options.lines, options.rounds, {}),
            "secrets": flood(options.lines, options.rounds, _secrets(30)),
            "latency": latency(),
        }
    for row, values in figures.items():
        print(f"{row:<8}", "  ".join(f"{name} {value:,}" for name, value in values.items()))
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(figures, indent=2) + "\n")


def _secrets(number: int) -> dict[str, str]:
    letters = string.ascii_letters + string.digits + "-_"
    return {f"SERVICE_{n}_TOKEN": "".join(random.choices(letters, k=16 + n)) for n in range(number)}


def flood(lines: int, rounds: int, secrets: dict[str, str]) -> dict[str, float]:
    return _medians([_flood(lines // len(NAMES), secrets) for _ in range(rounds)])


def _flood(lines: int, secrets: dict[str, str]) -> dict[str, float]:
    pad = WIDTH - len("p1 00000000 \n")
    commands = {name: _python(FLOOD, name, lines, pad) for name in NAMES}
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder, "output")
        with output.open("wb") as file:
            process = _start(Path(folder), commands, file.fileno(), secrets)
        try:
            begin = time.monotonic()
            while output.read_bytes().count(b"SENTINEL") < len(NAMES):
                if process.poll() is not None or time.monotonic() - begin > 300:
                    raise SystemExit("the supervisor did not deliver")
                time.sleep(0.05)
            seconds, memory = _cpu_seconds(process.pid), _peak_mib(process.pid)
        finally:
            _stop(process)
        found = re.findall(rb"\| (p\d) (\d{8}) x{%d}$" % pad, output.read_bytes(), re.MULTILINE)
    order = {name: [int(number) for each, number in found if each == name.encode()] for name in NAMES}
    return {
        "lines_per_cpu_second": round(lines * len(NAMES) / seconds),
        "peak_mib": round(memory, 1),
        "lost": lines * len(NAMES) - len(found),
        "disordered": sum(numbers != sorted(numbers) for numbers in order.values()),
    }


def latency() -> dict[str, float]:
    delays: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        reader, writer = os.pipe()
        process = _start(Path(folder), {"p1": _python(TICK)}, writer, {})
        os.close(writer)
        try:
            rest = b""
            while len(delays) < 200 and select.select([reader], [], [], 10)[0]:
                data = os.read(reader, 65_536)
                now = time.monotonic_ns()
                *lines, rest = (rest + data).split(b"\n")
                delays += [(now - int(line.split()[-1])) / 1e6 for line in lines if b"TICK" in line]
        finally:
            _stop(process)
            os.close(reader)
    delays.sort()
    return {
        "p50_ms": round(delays[len(delays) // 2], 3),
        "p99_ms": round(delays[len(delays) * 99 // 100 - 1], 3),
    }


def _medians(rows: list[dict[str, float]]) -> dict[str, float]:
    return {name: statistics.median(row[name] for row in rows) for name in rows[0]}


def _python(code: str, *arguments: object) -> str:
    return "exec " + shlex.join([sys.executable, "-S", "-c", code, *map(str, arguments)])


def _start(
    folder: Path, commands: dict[str, str], output: int, secrets: dict[str, str]
) -> "subprocess.Popen[bytes]":
    lines = []
    for name, command in commands.items():
        script = folder / f"{name}.sh"
        script.write_text(command)
        lines.append(f"{name}: exec sh {script}\n")
    (folder / "Procfile").write_text("".join(lines))
    return subprocess.Popen(
        [sys.executable, "-m", "env.supervisor", "start", "--procfile", str(folder / "Procfile")],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        env={**os.environ, **secrets},
    )


def _stop(process: "subprocess.Popen[bytes]") -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _peak_mib(pid: int) -> float:
    """With the guard, the only child that does not flood."""
    children = map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
    own = [pid, *(each for each in children if "SENTINEL" not in Path(f"/proc/{each}/cmdline").read_text())]
    return sum(_high_water(each) for each in own) / 1024


def _high_water(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))


def fuzz(megabytes: int, seed: int) -> dict[str, float]:
    """Random secrets in every form among random bytes, in random pieces; counts what is seen of them."""
    random.seed(seed)
    alphabet = string.ascii_letters + string.digits + "-_+/=%&\"'\\ äß€😀"
    lengths = random.choices(range(12, 80), k=30)
    values = ["".join(random.choices(alphabet, k=length)).strip().ljust(12, "x") for length in lengths]
    forms = [[form.encode() for form in _forms(value)] for value in values]
    needles = {form for group in forms for form in group}
    redactor = Redactor(values)
    fed = leaks = hidden = 0
    with tempfile.TemporaryDirectory() as folder:
        while fed < megabytes * 1_000_000:
            text = _noise(forms)
            fed += len(text)
            for data in _outputs(Path(folder), redactor, text):
                hidden += data.count(b"[redacted]")
                leaks += sum(needle in data for needle in needles)
    return {"megabytes": fed // 1_000_000, "redactions": hidden, "leaks": leaks}


def _outputs(folder: Path, redactor: Redactor, text: bytes) -> list[bytes]:
    """Of the terminal, with and without its colours, and of the log file."""
    shown, logged = folder / "shown", folder / "a.log"
    logged.unlink(missing_ok=True)
    loop, log = Loop(), LogFile(logged)
    with shown.open("wb", buffering=0) as file:
        stream = Stream("a", Screen(loop, file.fileno()), PrefixStyle(["a"], True), log, redactor)
        at = 0
        while at < len(text):
            size = int(random.paretovariate(0.5)) % 65_536 + 1
            stream.feed(text[at : at + size])
            at += size
        stream.finish()
    log.close()
    loop.close()
    seen = shown.read_bytes()
    return [seen, re.sub(rb"\x1b\[[0-9;]*m", b"", seen), logged.read_bytes()]


def _forms(value: str) -> list[str]:
    raw = value.encode()
    lower = re.sub("%..", lambda match: match[0].lower(), quote(value, safe=""))
    encoded = [value, quote(value), quote(value, safe=""), lower, quote_plus(value)]
    encoded += [json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]]
    for shift in range(3):
        # Its own characters: those at the ends are shared with its neighbours.
        core = base64.b64encode(bytes(shift) + raw).decode()
        encoded.append(core[-(-shift * 8 // 6) : (shift + len(raw)) * 8 // 6])
    return encoded


def _noise(forms: list[list[bytes]]) -> bytes:
    parts: list[bytes] = []
    for _ in range(4000):
        match random.randrange(10):
            case 0 | 1:
                parts.append(random.choice(random.choice(forms)))
            case 2:
                parts.append(random.randbytes(random.randrange(200)))
            case 3:
                parts.append(
                    random.choice((b"\x1b[31m", b"\x1b[2J", b"\r", b"\r\n", b"\x00", b"\xc2\x9b", b"\t"))
                )
            case 4:
                form = random.choice(random.choice(forms))
                parts.append(form[: random.randrange(len(form))])
            case 5 | 6:
                parts.append(b"\n")
            case 7:
                parts.append(b"y" * int(random.paretovariate(0.4) % 300_000))
            case _:
                parts.append(b"INFO 127.0.0.1 GET /api/v1/projects?page=%d " % random.randrange(10**6))
    return b"".join(parts)


if __name__ == "__main__":
    main()
