import io
import re
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import httpx
import numpy as np
import pytest
from PIL import Image, UnidentifiedImageError

from env.services.auth.app import create_app as create_auth
from env.services.auth.keys import ensure_signing_key, mint_api_key
from env.services.auth.settings import AuthSettings, as_auth_admin
from env.services.demo import account, crops, pages
from env.services.demo.app import DemoSite
from env.services.demo.photos import PER_LABEL, Archive
from env.services.demo.sources import SOURCES
from env.services.places import LOOPBACK, ROOT, ServiceError, free_port
from env.tests.auth.conftest import running
from env.tests.auth.mails import Mailbox
from env.tests.auth.serving import bound_socket, serve

NEAR = 8
NO_AUTH = {"SUPABASE_URL": "http://127.0.0.1:9", "SUPABASE_SERVICE_ROLE_KEY": "x"}


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    return Archive(tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="module")
def site(archive: Archive) -> Iterator[httpx.Client]:
    """The site as it is served, but for the rendering ahead of all 1200 photographs."""
    listener, url = bound_socket()
    demo = DemoSite(archive, NO_AUTH)
    demo.stop_rendering()
    with serve(demo.application(), listener), httpx.Client(base_url=url, verify=False) as client:  # noqa: S501
        yield client


def images_of(page: str) -> list[str]:
    """What a crawler takes: the largest of a set, full sizes behind links, what is shared."""
    found: list[str] = []
    for image in re.findall(r"<img [^>]*>", page):
        sets = re.search(r'srcset="([^"]*)"', image)
        source = re.search(r'src="([^"]*)"', image)
        assert source
        found.append(sets.group(1).split(", ")[-1].split()[0] if sets else source.group(1))
    found += re.findall(r'<a href="(/photos/[^"]*)"', page)
    found += [url.partition("/photos")[1] + url.partition("/photos")[2] for url in
              re.findall(r'og:image" content="([^"]*)"', page)]  # fmt: skip
    return list(dict.fromkeys(found))


class TestThePhotographs:
    def test_are_many_of_many_labels(self, archive: Archive) -> None:
        assert len(archive.labels) >= 8
        assert {len(photos) for photos in archive.labels.values()} == {PER_LABEL}
        assert PER_LABEL >= 120

    def test_are_the_same_each_time(self, archive: Archive, tmp_path: Path) -> None:
        again = Archive(tmp_path, SOURCES[:1])
        assert again.labels["cat"] == archive.labels["cat"]

    def test_are_far_apart_for_a_perceptual_hash_of_what_is_served(self, archive: Archive) -> None:
        photos = [photo for label in archive.labels.values() for photo in label[:6]]
        hashes = []
        for photo in photos:
            with Image.open(archive.file(photo)) as image:
                hashes.append(crops.perceptual_hash(image.convert("L")))
        near = [pair for pair in combinations(hashes, 2) if (pair[0] ^ pair[1]).bit_count() <= NEAR]
        assert near == []

    def test_are_chosen_far_apart_in_all_labels_together(self, archive: Archive) -> None:
        taken = crops.DistinctHashes()
        assert taken.take(0)
        assert not taken.take(2 ** (crops.MINIMUM_DISTANCE - 1) - 1)
        assert taken.take(2**crops.MINIMUM_DISTANCE - 1)

    def test_have_the_size_that_the_page_says_and_no_other_format(self, archive: Archive) -> None:
        formats: Counter[str] = Counter()
        for photo in archive.labels["temple"][:24]:
            with Image.open(archive.file(photo)) as image:
                assert image.size == photo.size
                formats[str(image.format)] += 1
            assert all(crops.SHORTEST <= side <= crops.LONGEST for side in photo.size)
        assert formats == {"JPEG": 18, "WEBP": 4, "PNG": 2}

    def test_show_nothing_beyond_the_edges_of_the_original(self, archive: Archive) -> None:
        white = Image.new("L", (640, 427), 255)
        for photo in archive.labels["flower"][:20]:
            assert np.asarray(photo.crop.cut(white)).min() >= 254

    def test_are_rendered_once_by_however_many_ask(self, archive: Archive) -> None:
        photo = archive.labels["rocket"][100]
        askers = [threading.Thread(target=archive.file, args=(photo,)) for _ in range(4)]
        for asker in askers:
            asker.start()
        for asker in askers:
            asker.join()
        path = archive.file(photo)
        assert [found.name for found in path.parent.iterdir() if found.name.startswith(".")] == []

    def test_of_an_earlier_version_are_dropped(self, tmp_path: Path) -> None:
        (tmp_path / "earlier").mkdir()
        archive = Archive(tmp_path, SOURCES[:1])
        kept = archive.file(archive.labels["cat"][0])
        archive.drop_older()
        assert [path.name for path in tmp_path.iterdir()] == [kept.relative_to(tmp_path).parts[0]]


class TestTheGallery:
    @pytest.fixture
    def page(self, site: httpx.Client) -> str:
        return site.get("/gallery").text

    def test_has_exactly_240_images_of_all_labels_alike(self, page: str, archive: Archive) -> None:
        images = images_of(page)
        assert len(images) == 240
        assert Counter(image.split("/")[2] for image in images) == dict.fromkeys(archive.labels, 24)

    def test_shows_them_in_every_way(self, page: str) -> None:
        for markup in ("<picture>", " srcset=", 'property="og:image"', '<figure><a href="/photos'):
            assert markup in page

    def test_names_author_and_licence_at_every_image(self, page: str) -> None:
        figures = re.findall(r"<figure>.*?</figure>", page)
        assert len(figures) == 239
        assert all('rel="author"' in figure and 'rel="license"' in figure for figure in figures)

    def test_links_to_nothing_that_is_missing(self, page: str, site: httpx.Client) -> None:
        for address in images_of(page)[::40] + re.findall(r'src="(/small/[^"]*)"', page)[:2]:
            answer = site.get(address)
            assert answer.status_code == 200
            assert answer.headers["content-type"].startswith("image/")


class TestTheList:
    def test_holds_200_whole_addresses_and_none_of_the_gallerys(self, site: httpx.Client) -> None:
        listed = site.get("/urls.txt").text.split()
        assert len(set(listed)) == len(listed) == 200
        assert all(url.startswith(f"{site.base_url}".rstrip("/") + "/photos/") for url in listed)
        shown = {f"{site.base_url}".rstrip("/") + path for path in images_of(site.get("/gallery").text)}
        assert shown.isdisjoint(listed)


class TestWhatGoesWrong:
    def test_a_file_is_missing(self, site: httpx.Client) -> None:
        assert site.get("/broken/missing.jpg").status_code == 404

    def test_one_ends_halfway(self, site: httpx.Client) -> None:
        with (
            Image.open(io.BytesIO(site.get("/broken/truncated.jpg").content)) as image,
            pytest.raises(OSError),
        ):
            image.load()

    def test_one_is_a_page(self, site: httpx.Client) -> None:
        answer = site.get("/broken/page.jpg")
        assert answer.headers["content-type"] == "image/jpeg"
        with pytest.raises(UnidentifiedImageError):
            Image.open(io.BytesIO(answer.content))

    def test_one_is_tiny(self, site: httpx.Client) -> None:
        with Image.open(io.BytesIO(site.get("/broken/tiny.png").content)) as image:
            assert image.size == (16, 16)

    def test_one_is_an_exact_copy_of_the_sound_one(self, site: httpx.Client) -> None:
        sound = images_of(site.get("/broken").text)[0]
        assert site.get("/broken/copy.jpg").content == site.get(sound).content

    def test_all_of_it_is_on_the_page(self, site: httpx.Client) -> None:
        images = images_of(site.get("/broken").text)
        assert images[1:] == [f"/broken/{name}" for name, _ in pages.BROKEN]

    def test_robots_are_kept_out_of_private(self, site: httpx.Client) -> None:
        assert site.get("/robots.txt").text == "User-agent: *\nDisallow: /private/\n"
        assert site.get("/private/hidden.jpg").status_code == 200

    def test_a_page_can_be_without_images(self, site: httpx.Client) -> None:
        assert images_of(site.get("/empty").text) == []

    @pytest.mark.parametrize(
        "path", ["/photos/cat/coffee-001.jpg", "/label/moon", "/photos/cat/..%2f..%2fetc"]
    )
    def test_what_nobody_has_is_not_found(self, site: httpx.Client, path: str) -> None:
        assert site.get(path).status_code == 404


class TestThePages:
    @pytest.mark.parametrize("path", ["/", "/label/cat", "/gallery", "/broken", "/empty", "/attribution"])
    def test_ask_nothing_of_another_site(self, site: httpx.Client, path: str) -> None:
        page = site.get(path).text
        fetched = re.findall(r'(?:src|srcset|action)="([^"]*)"|<link[^>]* href="([^"]*)"', page)
        assert [url for pair in fetched for url in pair if url.startswith(("http", "//"))] == []

    def test_say_of_each_original_who_made_it_and_what_is_allowed(self, site: httpx.Client) -> None:
        page = site.get("/attribution").text
        assert all(source.author in page and source.licence.url in page for source in SOURCES)

    def test_a_label_shows_all_its_photographs(self, site: httpx.Client) -> None:
        assert len(images_of(site.get("/label/grass").text)) == PER_LABEL

    def test_do_not_repeat_a_hosts_markup(self, site: httpx.Client) -> None:
        assert "<script>" not in site.get("/", headers={"Host": "a<script>"}).text


def until_it_says(words: str, printed: pytest.CaptureFixture[str]) -> str:
    said, deadline = "", time.monotonic() + 60
    while words not in said:
        assert time.monotonic() < deadline, said
        time.sleep(0.05)
        said += "".join(printed.readouterr())
    return said


class TestTheAccount:
    def test_is_made_once_and_can_sign_in(self, database_dsn: str, tmp_path: Path) -> None:
        key = ensure_signing_key(tmp_path)
        with running(database_dsn, key, Mailbox("http://127.0.0.1:9"), tmp_path) as auth:
            variables = {"SUPABASE_URL": auth.url, "SUPABASE_SERVICE_ROLE_KEY": auth.service_key}
            assert account.ensure_account(variables) is True
            assert account.ensure_account(variables) is False
            credentials = {"email": account.EMAIL, "password": account.PASSWORD}
            with auth.http() as client:
                signed_in = client.post("/token", params={"grant_type": "password"}, json=credentials)
        assert signed_in.status_code == 200

    def test_is_refused_with_a_wrong_key_in_a_line(self, database_dsn: str, tmp_path: Path) -> None:
        key = ensure_signing_key(tmp_path)
        with running(database_dsn, key, Mailbox("http://127.0.0.1:9"), tmp_path) as auth:
            variables = {"SUPABASE_URL": auth.url, "SUPABASE_SERVICE_ROLE_KEY": auth.anon_key}
            with pytest.raises(ServiceError, match=r"no demo account: Auth answered 40[13]"):
                account.ensure_account(variables)

    def test_needs_the_local_emulator(self) -> None:
        with pytest.raises(ServiceError, match="SUPABASE_URL is not the local emulator"):
            account.ensure_account({"SUPABASE_URL": "https://project.example.org"})

    def test_is_made_as_soon_as_auth_answers(
        self, database_dsn: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
    ) -> None:
        key, port = ensure_signing_key(tmp_path), free_port()
        variables = {
            "SUPABASE_URL": f"http://{LOOPBACK}:{port}",
            "SUPABASE_SERVICE_ROLE_KEY": mint_api_key(key, "service_role"),
        }
        demo = DemoSite(Archive(tmp_path / "demo", SOURCES[:1]), variables)
        auth = create_auth(AuthSettings(database_url=as_auth_admin(database_dsn), data_dir=tmp_path), key)
        said = ""
        with serve(demo.application(), bound_socket()[0]):
            said += until_it_says("waiting for Auth: no demo account: Auth can't be reached", capfd)
            with serve(auth, socket.create_server((LOOPBACK, port))):
                said += until_it_says("demo account", capfd)
        assert said.count("waiting for Auth") == 1

    def test_is_told_in_a_line_when_auth_is_not_there(self) -> None:
        with pytest.raises(ServiceError, match="Auth can't be reached"):
            account.ensure_account(NO_AUTH)


class TestTheService:
    def test_refuses_production(self, tmp_path: Path) -> None:
        refused = subprocess.run(
            [sys.executable, "-m", "env.services.demo", "--port", "0", "--directory", str(tmp_path)],
            cwd=ROOT,
            env={"PIXCRAWLER_ENVIRONMENT": "production", "PATH": ""},
            capture_output=True,
            text=True,
            check=False,
        )
        assert refused.returncode == 1
        assert refused.stderr == (
            "demo: the demo site is for development only and PIXCRAWLER_ENVIRONMENT is production\n"
        )
