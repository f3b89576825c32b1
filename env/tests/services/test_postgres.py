import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import psycopg
import pytest

from env.services.places import LOOPBACK, ROOT, ServiceError, free_port
from env.services.postgres import create_database, temporary_cluster
from env.services.postgres.cluster import bootstrap

SCRIPT = "create schema if not exists fruit;\n\ncreate table if not exists fruit.apple (id int);\n"
Start = Callable[..., tuple[subprocess.Popen[str], str]]


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("script") / "bootstrap.sql"
    path.write_text(SCRIPT)
    return path


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory, script: Path) -> Path:
    """One data directory that the tests of the service use in turn: to make one takes a second."""
    path = tmp_path_factory.mktemp("service") / "data"
    with temporary_cluster(path, script):
        return path


@pytest.fixture
def start(data: Path, script: Path) -> Iterator[Start]:
    """Starts the service as the supervisor does, on one data directory."""
    servers = []

    def _start(sql: Path = script) -> tuple[subprocess.Popen[str], str]:
        port = free_port()
        command = [sys.executable, "-m", "env.services.postgres", "--directory", str(data)]
        command += ["--port", str(port), "--bootstrap", str(sql)]
        server = subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        servers.append(server)
        dsn = f"postgresql://postgres:postgres@{LOOPBACK}:{port}/postgres"
        assert server.stdout
        for line in server.stdout:
            if "ready to accept connections" in line:
                return server, dsn
        raise AssertionError(f"ended with {server.wait()}")

    yield _start
    for server in servers:
        if server.poll() is None:
            server.send_signal(signal.SIGINT)
        server.wait(20)
        assert server.stdout
        server.stdout.close()


def query(dsn: str, statement: str) -> object:
    with psycopg.connect(dsn) as connection:
        row = connection.execute(statement).fetchone()
    return row[0] if row else None


class TestTheService:
    def test_is_postgres_itself_and_never_root(self, start: Start) -> None:
        server, dsn = start()
        process = psutil.Process(server.pid)
        assert process.name() == "postgres"
        assert process.uids().real != 0
        assert query(dsn, "show fsync") == "on"

    def test_keeps_the_data_when_it_is_stopped_with_a_client_connected(self, start: Start) -> None:
        server, dsn = start()
        client = psycopg.connect(dsn, autocommit=True)
        client.execute("insert into fruit.apple values (7)")
        server.send_signal(signal.SIGINT)
        assert server.wait(10) == 0
        client.close()
        _, dsn = start()
        assert query(dsn, "select count(*) from fruit.apple where id = 7") == 1

    def test_comes_back_after_being_killed(self, start: Start) -> None:
        server, dsn = start()
        with psycopg.connect(dsn, autocommit=True) as client:
            client.execute("insert into fruit.apple values (8)")
            server.kill()
            server.wait()
        _, dsn = start()
        assert query(dsn, "select count(*) from fruit.apple where id = 8") == 1

    def test_a_pid_file_that_names_another_program_is_dropped(self, start: Start, data: Path) -> None:
        server, _ = start()
        server.kill()
        server.wait()
        lock = data / "postmaster.pid"
        lines = lock.read_text().splitlines()
        lock.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
        start()

    def test_a_second_server_on_the_same_data_is_refused_by_name(self, start: Start, data: Path) -> None:
        server, dsn = start()
        refused = run_service(data, free_port())
        assert refused.returncode == 1
        assert f"already runs on {data} (process {server.pid})" in refused.stderr
        assert query(dsn, "select 1") == 1

    def test_applies_the_bootstrap_again_only_when_it_changed(self, start: Start, tmp_path: Path) -> None:
        server, dsn = start()
        with psycopg.connect(dsn, autocommit=True) as client:
            client.execute("alter table fruit.apple rename to pear")
        stop(server)
        server, dsn = start()
        assert query(dsn, "select to_regclass('fruit.apple')") is None
        stop(server)
        changed = tmp_path / "changed.sql"
        changed.write_text(f"{SCRIPT}\n-- one more line\n")
        _, dsn = start(changed)
        assert query(dsn, "select to_regclass('fruit.apple')") == "fruit.apple"

    def test_data_of_another_major_version_is_left_alone(self, tmp_path: Path) -> None:
        data = tmp_path / "data"
        data.mkdir()
        (data / "PG_VERSION").write_text("16\n")
        refused = run_service(data, free_port())
        assert refused.returncode == 1
        assert "was made by PostgreSQL 16, this is 18" in refused.stderr
        assert [path.name for path in data.iterdir()] == ["PG_VERSION"]


class TestTheBootstrap:
    def test_a_mistake_names_the_error_and_changes_nothing(
        self, start: Start, data: Path, tmp_path: Path
    ) -> None:
        wrong = tmp_path / "wrong.sql"
        wrong.write_text("create schema half;\n\ncreate table half.done (id nonsense);\n")
        refused = run_service(data, free_port(), wrong)
        assert refused.returncode == 1
        assert 'type "nonsense" does not exist' in refused.stderr
        _, dsn = start()
        assert query(dsn, "select to_regnamespace('half')") is None

    def test_an_empty_line_inside_a_function_does_not_end_the_statement(
        self, start: Start, tmp_path: Path
    ) -> None:
        function = tmp_path / "function.sql"
        function.write_text(
            "create or replace function two() returns int language plpgsql as $$\n"
            "declare\n  n int := 1;\n\nbegin\n  n := n + 1;\n\n  return n;\nend\n$$;\n"
        )
        _, dsn = start(function)
        assert query(dsn, "select two()") == 2

    def test_the_supabase_form_is_there(self, postgres_dsn: str) -> None:
        roles = "select count(*) from pg_roles where rolname in ('anon', 'authenticated', 'service_role')"
        assert query(postgres_dsn, roles) == 3
        assert query(postgres_dsn, "select to_regclass('auth.users')::text") == "auth.users"

    def test_says_that_it_had_nothing_to_do(self, data: Path, script: Path) -> None:
        with temporary_cluster(data, script):
            assert bootstrap(data, script) is False


class TestATemporaryCluster:
    def test_listens_on_loopback_and_on_no_socket_file(self, postgres_dsn: str) -> None:
        assert query(postgres_dsn, "show listen_addresses") == LOOPBACK
        assert query(postgres_dsn, "show unix_socket_directories") == ""

    def test_sorts_alike_everywhere(self, postgres_dsn: str) -> None:
        locale = "select datlocprovider::text || datlocale from pg_database where datname = 'postgres'"
        assert query(postgres_dsn, locale) == "bC.UTF-8"

    def test_wants_the_password(self, postgres_dsn: str) -> None:
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(postgres_dsn.replace(":postgres@", ":wrong@"))

    def test_leaves_nothing_running(self, data: Path, script: Path) -> None:
        with temporary_cluster(data, script) as dsn:
            port = psycopg.conninfo.conninfo_to_dict(dsn)["port"]
        with pytest.raises(OSError), socket.create_connection((LOOPBACK, int(str(port))), 1):
            pass

    def test_ends_with_the_process_that_started_it(self, data: Path, script: Path) -> None:
        program = (
            "import os, pathlib; from env.services.postgres import temporary_cluster as cluster\n"
            f"with cluster(pathlib.Path({str(data)!r}), pathlib.Path({str(script)!r})):\n"
            f"    print(pathlib.Path({str(data / 'postmaster.pid')!r}).read_text().split()[0])\n"
            "    os._exit(0)\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
        )
        psutil.wait_procs(
            [psutil.Process(int(done.stdout))] if psutil.pid_exists(int(done.stdout)) else [], 10
        )
        assert not psutil.pid_exists(int(done.stdout))

    def test_a_start_that_fails_tells_the_servers_reason(self, data: Path, tmp_path: Path) -> None:
        wrong = tmp_path / "wrong.sql"
        wrong.write_text("select nonsense;\n")
        with (
            pytest.raises(ServiceError, match='column "nonsense" does not exist'),
            temporary_cluster(data, wrong),
        ):
            pass


class TestADatabase:
    def test_holds_the_bootstrap(self, postgres_dsn: str) -> None:
        dsn = create_database(postgres_dsn, "holds")
        assert query(dsn, "select to_regclass('auth.users')::text") == "auth.users"

    def test_replaces_one_of_the_same_name_even_while_it_is_used(self, postgres_dsn: str) -> None:
        dsn = create_database(postgres_dsn, "again")
        with psycopg.connect(dsn, autocommit=True) as client:
            client.execute("create table left_over (id int)")
            assert query(create_database(postgres_dsn, "again"), "select to_regclass('left_over')") is None

    def test_is_a_copy_of_the_template_that_was_asked_for(self, postgres_dsn: str) -> None:
        with psycopg.connect(create_database(postgres_dsn, "pattern")) as client:
            client.execute("create table cut (id int)")
        copied = create_database(postgres_dsn, "copy", "pattern")
        assert query(copied, "select to_regclass('cut')::text") == "cut"

    def test_several_can_be_made_at_once(self, postgres_dsn: str) -> None:
        with ThreadPoolExecutor(4) as pool:
            made = list(pool.map(lambda number: create_database(postgres_dsn, f"w{number}"), range(4)))
        assert [query(dsn, "select current_database()") for dsn in made] == ["w0", "w1", "w2", "w3"]


def run_service(data: Path, port: int, script: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "env.services.postgres", "--directory", str(data), "--port", str(port)]
    command += ["--bootstrap", str(script)] if script else []
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


def stop(server: subprocess.Popen[str]) -> None:
    server.send_signal(signal.SIGINT)
    server.wait(20)
