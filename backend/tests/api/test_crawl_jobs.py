import time
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from backend.tests.world import Person, World


def _urls(count: int) -> list[str]:
    return [f"https://birds.example.org/{number}.jpg" for number in range(count)]


def _start(person: Person, job_id: str, action: str = "start"):
    return person.client.post(f"/crawl-jobs/{job_id}/{action}")


def _chunks(world: World, job_id: str) -> list[dict]:
    return world.rows.all("select * from job_chunks where crawl_job_id = %s order by seq", job_id)


def _hints(world: World, job_id: str) -> int:
    return world.rows.value(
        "select count(*) from outbox join job_chunks c on c.id = (payload->>'chunk_id')::uuid"
        " where task = 'crawl_chunk' and c.crawl_job_id = %s",
        job_id,
    )


class TestCreate:
    def test_answers_with_the_job_and_its_defaults(self, ada: Person):
        body = {
            "project_id": ada.project(),
            "source_type": "web_page",
            "sources": ["https://Birds.example.org"],
        }
        response = ada.client.post("/crawl-jobs", json=body)

        assert response.status_code == 201
        job = response.json()
        assert job["sources"] == ["https://birds.example.org/"]
        assert (job["name"], job["status"], job["version"]) == ("birds.example.org", "pending", 0)
        assert (job["max_images"], job["min_size"], job["label"]) == (500, 64, "")
        assert set(job["progress"].values()) == {0}
        assert response.headers["location"] == f"/api/v1/crawl-jobs/{job['id']}"
        assert ada.client.get(f"/crawl-jobs/{job['id']}").json() == job

    def test_keeps_each_url_once_in_one_spelling(self, ada: Person):
        same = [
            "HTTP://Birds.Example.org:80/a.jpg",
            "  http://birds.example.org/a.jpg  ",
            "",
            "http://birds.example.org/a.jpg#x",
        ]
        job_id = ada.job(sources=same)

        assert ada.client.get(f"/crawl-jobs/{job_id}").json()["sources"] == ["http://birds.example.org/a.jpg"]

    @pytest.mark.parametrize(
        "url",
        [
            "ftp://birds.example.org/a.jpg",
            "file:///etc/passwd",
            "http://127.0.0.1/a.jpg",
            "http://[::1]/",
            "http://169.254.169.254/latest/meta-data",
            "http://10.0.0.1/",
            "http://0x7f.1/",
            "http://localhost/",
            "http://birds.example.org:8080/",
            "http://user:secretword@birds.example.org/",
            "http://birds.example.org/a\x00b",
            "not a url",
            "http://" + "a" * 3000,
        ],
    )
    def test_names_the_line_of_a_url_it_will_not_ask_for(self, ada: Person, url: str):
        body = {"project_id": ada.project(), "source_type": "url_list", "sources": [*_urls(1), "", url]}
        response = ada.client.post("/crawl-jobs", json=body)

        assert response.status_code == 422
        assert response.json()["errors"][0]["field"] == "sources.2"
        assert "secretword" not in response.text

    def test_lets_an_exact_allowance_through(self, ada: Person):
        assert ada.job(sources=["http://127.0.0.1:54326/birds/"])

    def test_takes_ten_thousand_urls_of_the_greatest_length(self, ada: Person):
        long = [f"https://birds.example.org/{number:05}{'x' * 2017}" for number in range(10_000)]
        assert len(long[0]) == 2048

        job_id = ada.job(sources=long)
        assert len(ada.client.get(f"/crawl-jobs/{job_id}").json()["sources"]) == 10_000
        assert ada.client.patch(f"/crawl-jobs/{job_id}", json={"sources": long[1:]}).status_code == 200
        (listed,) = ada.client.get("/crawl-jobs").json()["items"]
        assert listed["sources"] == long[1:21]

    def test_nobody_waits_while_a_long_list_is_checked(self, ada: Person, eve: Person):
        host, path = "ü" * 40, "ü" * 300
        slow = [f"https://{host}{number}.example.org/{path}" for number in range(10_000)]
        body = {"project_id": ada.project(), "source_type": "url_list", "sources": slow}
        waits = []
        with ThreadPoolExecutor(1) as pool:
            creating = pool.submit(ada.client.post, "/crawl-jobs", json=body)
            while not creating.done():
                started = time.monotonic()
                assert eve.client.get("/projects").status_code == 200
                waits.append(time.monotonic() - started)
        assert creating.result().status_code == 201
        assert max(waits) < sum(waits) / 3

    def test_a_list_of_nothing_but_mistakes_is_not_read_to_the_end(self, ada: Person):
        body = {"project_id": ada.project(), "source_type": "url_list", "sources": ["x"] * 10_000}
        errors = ada.client.post("/crawl-jobs", json=body).json()["errors"]
        assert [error["field"] for error in errors] == [f"sources.{number}" for number in range(20)]

    @pytest.mark.parametrize(
        "change",
        [
            {"sources": []},
            {"sources": ["", "  "]},
            {"sources": ["https://a.example/"] * 10_001},
            {"source_type": "ftp"},
            {"max_images": 0},
            {"max_images": 2**63},
            {"min_size": 0},
            {"min_size": "NaN"},
            {"project_id": "7"},
            {"label": "x" * 121},
            {"status": "completed"},
        ],
    )
    def test_refuses_values_out_of_bounds(self, ada: Person, change: dict):
        body = {"project_id": ada.project(), "source_type": "url_list", "sources": _urls(1), **change}
        assert ada.client.post("/crawl-jobs", json=body).status_code == 422

    def test_needs_a_project_of_ones_own(self, ada: Person, eve: Person):
        body = {"project_id": eve.project(), "source_type": "url_list", "sources": _urls(1)}
        assert ada.client.post("/crawl-jobs", json=body).status_code == 404


class TestList:
    def test_filters_by_project_and_status(self, ada: Person):
        birds, cats = ada.project("Birds"), ada.project("Cats")
        waiting, running = ada.job(birds), ada.running_job(birds)
        ada.job(cats)

        def listed(**parameters: str) -> set[str]:
            return {item["id"] for item in ada.client.get("/crawl-jobs", params=parameters).json()["items"]}

        assert listed(project_id=birds) == {waiting, running}
        assert listed(project_id=birds, status="running") == {running}
        assert listed(status="failed") == set()

    def test_pages_hold_everything_once(self, ada: Person):
        project_id = ada.project()
        wanted = [ada.job(project_id) for _ in range(5)]
        first = ada.client.get("/crawl-jobs", params={"limit": 3}).json()
        rest = ada.client.get("/crawl-jobs", params={"limit": 3, "cursor": first["next_cursor"]}).json()

        assert [item["id"] for item in first["items"] + rest["items"]] == wanted[::-1]
        assert rest["next_cursor"] is None


class TestUpdate:
    def test_changes_a_pending_job(self, ada: Person):
        job_id = ada.job()
        change = {"name": "Robins", "label": "robin", "max_images": 7, "sources": ["https://Other.example/x"]}
        job = ada.client.patch(f"/crawl-jobs/{job_id}", json=change).json()

        assert job["sources"] == ["https://other.example/x"]
        assert (job["name"], job["label"], job["max_images"], job["version"]) == ("Robins", "robin", 7, 1)

    def test_only_the_name_of_a_started_job_can_change(self, ada: Person):
        job_id = ada.running_job()

        assert ada.client.patch(f"/crawl-jobs/{job_id}", json={"name": "Robins"}).status_code == 200
        refused = ada.client.patch(f"/crawl-jobs/{job_id}", json={"max_images": 7})
        assert refused.status_code == 409
        assert refused.json()["allowed"] == ["pending"]


class TestDelete:
    def test_leaves_the_images(self, ada: Person):
        project_id = ada.project()
        job_id = ada.job(project_id)
        image_id = ada.image(project_id, job_id)

        assert ada.client.delete(f"/crawl-jobs/{job_id}").status_code == 204
        assert ada.client.get(f"/crawl-jobs/{job_id}").status_code == 404
        assert ada.client.get(f"/images/{image_id}").json()["crawl_job_id"] is None

    def test_a_running_job_must_be_stopped_first(self, ada: Person):
        refused = ada.client.delete(f"/crawl-jobs/{ada.running_job()}")

        assert refused.status_code == 409
        assert refused.json()["current"] == "running"
        assert "stopped" in refused.json()["allowed"]


class TestStart:
    def test_cuts_a_list_into_chunks_of_fifty_with_a_message_each(self, ada: Person, world: World):
        job_id = ada.job(sources=_urls(120))
        response = _start(ada, job_id)

        assert response.status_code == 202
        job = response.json()
        assert (job["status"], job["version"], job["progress"]["urls_total"]) == ("running", 1, 120)
        assert job["started_at"] is not None
        chunks = _chunks(world, job_id)
        assert [(chunk["seq"], chunk["kind"], chunk["state"]) for chunk in chunks] == [
            (number, "fetch", "pending") for number in range(3)
        ]
        sizes = world.rows.all(
            "select c.seq, count(*) as n from crawl_urls u join job_chunks c on c.id = u.chunk_id"
            " where u.crawl_job_id = %s and u.kind = 'image' group by c.seq order by c.seq",
            job_id,
        )
        assert [row["n"] for row in sizes] == [50, 50, 20]
        assert _hints(world, job_id) == 3

    def test_gives_every_page_a_chunk_that_discovers(self, ada: Person, world: World):
        pages = ["https://birds.example.org/a", "https://birds.example.org/b"]
        job_id = ada.running_job(source_type="web_page", sources=pages)

        assert [chunk["kind"] for chunk in _chunks(world, job_id)] == ["discover", "discover"]
        rows = world.rows.all(
            "select kind, state, url from crawl_urls where crawl_job_id = %s order by id", job_id
        )
        assert [(row["kind"], row["state"], row["url"]) for row in rows] == [
            ("page", "pending", page) for page in pages
        ]

    def test_of_a_started_job_is_refused_with_what_is_allowed(self, ada: Person):
        refused = _start(ada, ada.running_job())

        assert refused.status_code == 409
        assert refused.headers["content-type"] == "application/problem+json"
        assert (refused.json()["current"], refused.json()["allowed"]) == ("running", ["pending"])

    def test_fifty_at_once_have_one_effect(self, ada: Person, world: World):
        job_id = ada.job(sources=_urls(60))
        with ThreadPoolExecutor(50) as pool:
            answers = list(pool.map(lambda _: _start(ada, job_id).status_code, range(50)))

        assert sorted(answers) == [202] + [409] * 49
        assert len(_chunks(world, job_id)) == 2
        assert _hints(world, job_id) == 2
        assert ada.client.get(f"/crawl-jobs/{job_id}").json()["version"] == 1


class TestStop:
    def test_without_a_busy_worker_is_done_at_once(self, ada: Person, world: World):
        job_id = ada.running_job(sources=_urls(60))
        job = _start(ada, job_id, "stop").json()

        assert job["status"] == "stopped"
        assert job["finished_at"] is not None
        assert {chunk["state"] for chunk in _chunks(world, job_id)} == {"cancelled"}

    def test_waits_for_the_chunk_a_worker_holds(self, ada: Person, world: World):
        job_id = ada.running_job(sources=_urls(60))
        world.rows.all("update job_chunks set state = 'running' where crawl_job_id = %s and seq = 0", job_id)
        job = _start(ada, job_id, "stop").json()

        assert (job["status"], job["finished_at"]) == ("stopping", None)
        assert [chunk["state"] for chunk in _chunks(world, job_id)] == ["running", "cancelled"]

    def test_of_a_pending_job_is_refused(self, ada: Person):
        refused = _start(ada, ada.job(), "stop")
        assert (refused.status_code, refused.json()["allowed"]) == (409, ["running"])

    def test_fifty_starts_and_stops_at_once_end_in_one_legal_state(self, ada: Person, world: World):
        job_id = ada.job(sources=_urls(60))
        actions = ["start", "stop"] * 25
        with ThreadPoolExecutor(50) as pool:
            answers = list(
                pool.map(lambda action: (action, _start(ada, job_id, action).status_code), actions)
            )

        assert answers.count(("start", 202)) == 1
        assert answers.count(("stop", 202)) in (0, 1)
        assert {status for _, status in answers} <= {202, 409}
        job = ada.client.get(f"/crawl-jobs/{job_id}").json()
        assert job["status"] == ("stopped" if ("stop", 202) in answers else "running")
        assert job["version"] == sum(status == 202 for _, status in answers)


class TestLocks:
    def test_a_lock_that_does_not_open_is_not_waited_for_without_end(self, ada: Person, world: World):
        job_id = ada.running_job()
        with psycopg.connect(world.rows.dsn) as holder:
            holder.execute("select 1 from crawl_jobs where id = %s for no key update", [job_id])
            answer = _start(ada, job_id, "stop")

        assert (answer.status_code, answer.headers["retry-after"]) == (503, "2")
        assert _start(ada, job_id, "stop").status_code == 202


class TestRetry:
    def _finished(self, ada: Person, world: World) -> str:
        job_id = ada.running_job(sources=_urls(3))
        world.rows.all("update job_chunks set state = 'done' where crawl_job_id = %s", job_id)
        world.rows.all(
            "update crawl_urls set state = case when url like '%%0.jpg' then 'stored' else 'failed' end,"
            " reason = 'timeout', finished_at = now() where crawl_job_id = %s",
            job_id,
        )
        world.rows.all(
            "update crawl_jobs set status = 'completed', finished_at = now(), urls_done = 3, urls_failed = 2,"
            " images_stored = 1 where id = %s",
            job_id,
        )
        return job_id

    def test_queues_what_failed_in_new_chunks(self, ada: Person, world: World):
        job_id = self._finished(ada, world)
        job = _start(ada, job_id, "retry").json()

        assert (job["status"], job["finished_at"]) == ("running", None)
        assert job["progress"] == {
            "urls_total": 3,
            "urls_done": 1,
            "images_stored": 1,
            "images_duplicate": 0,
            "urls_rejected": 0,
            "urls_failed": 0,
        }
        assert [(chunk["seq"], chunk["state"]) for chunk in _chunks(world, job_id)] == [
            (0, "done"),
            (1, "pending"),
        ]
        assert _hints(world, job_id) == 2
        again = world.rows.all(
            "select state, reason from crawl_urls where crawl_job_id = %s and state <> 'stored'", job_id
        )
        assert again == [{"state": "pending", "reason": None}] * 2

    def test_goes_on_with_what_a_stop_left_undone(self, ada: Person, world: World):
        job_id = ada.running_job(sources=_urls(60))
        _start(ada, job_id, "stop")
        job = _start(ada, job_id, "retry").json()

        assert job["status"] == "running"
        assert [chunk["state"] for chunk in _chunks(world, job_id)] == ["cancelled"] * 2 + ["pending"] * 2

    def test_of_a_job_that_brought_nothing_asks_again_for_what_was_refused(self, ada: Person, world: World):
        job_id = ada.running_job(source_type="web_page", sources=["https://example.com/empty"])
        world.rows.all("update job_chunks set state = 'done' where crawl_job_id = %s", job_id)
        world.rows.all(
            "update crawl_urls set state = 'rejected', reason = 'no_images' where crawl_job_id = %s", job_id
        )
        world.rows.all(
            "update crawl_jobs set status = 'failed', error = 'no_images', urls_done = 1, urls_rejected = 1"
            " where id = %s",
            job_id,
        )
        job = _start(ada, job_id, "retry").json()

        assert (job["status"], job["error"], job["progress"]["urls_rejected"]) == ("running", None, 0)
        assert [chunk["state"] for chunk in _chunks(world, job_id)] == ["done", "pending"]

    def test_leaves_alone_what_was_refused_beside_a_stored_image(self, ada: Person, world: World):
        job_id = self._finished(ada, world)
        world.rows.all(
            "update crawl_urls set state = 'rejected' where crawl_job_id = %s and state = 'failed'", job_id
        )
        assert _start(ada, job_id, "retry").status_code == 409

    def test_with_nothing_to_do_is_refused(self, ada: Person, world: World):
        job_id = self._finished(ada, world)
        world.rows.all("update crawl_urls set state = 'stored' where crawl_job_id = %s", job_id)

        refused = _start(ada, job_id, "retry")
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/conflict")
        assert refused.json()["title"] == "Conflict"

    def test_of_a_running_job_is_refused(self, ada: Person):
        assert _start(ada, ada.running_job(), "retry").status_code == 409

    def test_twenty_at_once_have_one_effect(self, ada: Person, world: World):
        job_id = self._finished(ada, world)
        with ThreadPoolExecutor(20) as pool:
            answers = list(pool.map(lambda _: _start(ada, job_id, "retry").status_code, range(20)))

        assert sorted(answers) == [202] + [409] * 19
        assert len(_chunks(world, job_id)) == 2


class TestProgressUrlsAndChunks:
    def test_progress_is_the_counters_and_the_version(self, ada: Person):
        job_id = ada.running_job(sources=_urls(3))
        progress = ada.client.get(f"/crawl-jobs/{job_id}/progress").json()

        assert (progress["crawl_job_id"], progress["version"], progress["status"]) == (job_id, 1, "running")
        assert progress["urls_total"] == 3

    def test_urls_are_listed_in_order_and_by_state(self, ada: Person, world: World):
        job_id = ada.running_job(sources=_urls(5))
        world.rows.all(
            "update crawl_urls set state = 'rejected', reason = 'too_small', http_status = 200"
            " where crawl_job_id = %s and url like '%%/3.jpg'",
            job_id,
        )
        address = f"/crawl-jobs/{job_id}/urls"
        first = ada.client.get(address, params={"limit": 2}).json()
        rest = ada.client.get(address, params={"cursor": first["next_cursor"]}).json()
        rejected = ada.client.get(address, params={"state": "rejected"}).json()

        assert [item["url"] for item in first["items"] + rest["items"]] == _urls(5)
        assert [(item["reason"], item["http_status"]) for item in rejected["items"]] == [("too_small", 200)]

    def test_chunks_are_listed_in_order(self, ada: Person):
        job_id = ada.running_job(sources=_urls(120))
        first = ada.client.get(f"/crawl-jobs/{job_id}/chunks", params={"limit": 2}).json()
        rest = ada.client.get(f"/crawl-jobs/{job_id}/chunks", params={"cursor": first["next_cursor"]}).json()

        assert [item["seq"] for item in first["items"] + rest["items"]] == [0, 1, 2]
