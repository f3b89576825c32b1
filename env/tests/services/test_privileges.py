import os
import pwd
import subprocess
import sys
from pathlib import Path

from env.services.places import ROOT
from env.services.postgres.privileges import Account, account_for

DAEMON = pwd.getpwnam("daemon")
NOBODY = Account(pwd.getpwnam("nobody").pw_uid, pwd.getpwnam("nobody").pw_gid)
IS_ROOT = os.geteuid() == 0


class TestTheAccount:
    def test_is_nobody_where_everything_is_roots(self) -> None:
        assert account_for(Path("/")) == (NOBODY if IS_ROOT else None)

    def test_is_the_owner_of_the_nearest_folder_that_is_not_roots(self, tmp_path: Path) -> None:
        owned = tmp_path / "owned"
        owned.mkdir()
        if IS_ROOT:
            os.chown(owned, DAEMON.pw_uid, DAEMON.pw_gid)
        expected = Account(DAEMON.pw_uid, DAEMON.pw_gid) if IS_ROOT else None
        assert account_for(owned / "not" / "yet" / "there") == expected

    def test_is_never_one_that_the_password_database_does_not_know(self, tmp_path: Path) -> None:
        owned = tmp_path / "owned"
        owned.mkdir()
        if IS_ROOT:
            os.chown(owned, 3_999_999, 3_999_999)
        found = account_for(owned)
        assert found is None or found.uid != 3_999_999


class TestSteppingDown:
    def test_gives_up_root_but_still_passes_closed_folders(self, tmp_path: Path) -> None:
        closed = tmp_path / "closed"
        closed.mkdir(mode=0o700)
        (closed / "file").write_text("seen")
        program = (
            "import os, pathlib, subprocess, sys\n"
            "from env.services.postgres.privileges import Account, become\n"
            "if os.geteuid() == 0: become(Account(65534, 65534))\n"
            f"shown = subprocess.run(['cat', {str(closed / 'file')!r}], capture_output=True, text=True)\n"
            f"print(os.geteuid() != 0, shown.stdout, os.access({str(closed / 'file')!r}, os.R_OK))\n"
        )
        assert python(program) == "True seen True"

    def test_keeps_no_other_right_of_root(self) -> None:
        program = (
            "import os\n"
            "from env.services.postgres.privileges import Account, become\n"
            "if os.geteuid() == 0: become(Account(65534, 65534))\n"
            "status = dict(line.split(':\\t', 1) for line in open('/proc/self/status') if ':\\t' in line)\n"
            "print(*{int(status[name], 16) for name in ('CapPrm', 'CapEff', 'CapInh', 'CapAmb')})\n"
        )
        assert python(program) in {"2", "0"}

    def test_still_ends_with_its_parent(self) -> None:
        program = (
            "import ctypes, os\n"
            "from env.services.postgres.privileges import Account, become, die_with_parent\n"
            "die_with_parent(2)\n"
            "if os.geteuid() == 0: become(Account(65534, 65534))\n"
            "number = ctypes.c_int(0)\n"
            "ctypes.CDLL(None).prctl(2, ctypes.byref(number))\n"
            "print(number.value)\n"
        )
        assert python(program) == "2"


def python(program: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()
