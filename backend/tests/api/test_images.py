import hashlib
from uuid import uuid4

import httpx
import pytest

from backend.tests.world import Person, World


class TestLists:
    def test_a_project_shows_its_images_newest_first(self, ada: Person):
        project_id = ada.project()
        wanted = [ada.image(project_id) for _ in range(5)]
        first = ada.client.get(f"/projects/{project_id}/images", params={"limit": 2}).json()
        rest = ada.client.get(
            f"/projects/{project_id}/images", params={"cursor": first["next_cursor"]}
        ).json()

        assert [item["id"] for item in first["items"] + rest["items"]] == wanted[::-1]

    def test_filters_by_label_and_job(self, ada: Person):
        project_id = ada.project()
        job_id = ada.job(project_id)
        robin, wren = ada.image(project_id, job_id), ada.image(project_id, label="wren")

        def listed(**parameters: str) -> list[str]:
            page = ada.client.get(f"/projects/{project_id}/images", params=parameters).json()
            return [item["id"] for item in page["items"]]

        assert listed(label="wren") == [wren]
        assert listed(crawl_job_id=job_id) == [robin]
        assert listed(label="crow") == []

    def test_a_job_shows_what_it_stored(self, ada: Person):
        project_id = ada.project()
        job_id = ada.job(project_id)
        ada.image(project_id)
        image_id = ada.image(project_id, job_id)

        page = ada.client.get(f"/crawl-jobs/{job_id}/images").json()
        assert [item["id"] for item in page["items"]] == [image_id]

    def test_deleted_images_are_left_out(self, ada: Person):
        project_id = ada.project()
        ada.client.delete(f"/images/{ada.image(project_id)}")

        assert ada.client.get(f"/projects/{project_id}/images").json()["items"] == []


class TestOne:
    def test_tells_where_the_image_is_from(self, ada: Person):
        facts = {"alt_text": "A robin", "licence": "CC BY 4.0", "author": "A. Lovelace"}
        image = ada.client.get(f"/images/{ada.image(ada.project(), **facts)}").json()

        assert {name: image[name] for name in facts} == facts
        assert "phash" not in image
        assert "user_id" not in image

    def test_can_be_relabelled_and_an_absent_member_changes_nothing(self, ada: Person):
        image_id = ada.image(ada.project())

        assert ada.client.patch(f"/images/{image_id}", json={"label": "wren"}).json()["label"] == "wren"
        assert ada.client.patch(f"/images/{image_id}", json={}).json()["label"] == "wren"

    def test_a_deletion_can_be_taken_back(self, ada: Person):
        project_id = ada.project()
        image_id = ada.image(project_id)

        assert ada.client.delete(f"/images/{image_id}").status_code == 204
        deleted_at = ada.client.get(f"/images/{image_id}").json()["deleted_at"]
        assert deleted_at is not None
        assert ada.client.delete(f"/images/{image_id}").status_code == 204
        assert ada.client.get(f"/images/{image_id}").json()["deleted_at"] == deleted_at
        assert ada.client.patch(f"/images/{image_id}", json={"deleted": False}).json()["deleted_at"] is None
        assert len(ada.client.get(f"/projects/{project_id}/images").json()["items"]) == 1


class TestBatchDelete:
    def test_counts_only_ones_own_that_were_there(self, ada: Person, eve: Person):
        project_id = ada.project()
        own = [ada.image(project_id) for _ in range(3)]
        ada.client.delete(f"/images/{own[0]}")
        foreign = eve.image(eve.project())

        answer = ada.client.post("/images/batch-delete", json={"ids": [*own, foreign, str(uuid4())]})

        assert answer.json() == {"deleted": 2}
        assert eve.client.get(f"/images/{foreign}").json()["deleted_at"] is None

    def test_refuses_none_and_too_many(self, ada: Person):
        for ids in ([], [str(uuid4())] * 1001, ["x"]):
            assert ada.client.post("/images/batch-delete", json={"ids": ids}).status_code == 422


class TestFiles:
    CONTENT = bytes(range(256)) * 40

    @pytest.fixture
    def image(self, ada: Person) -> dict:
        image_id = ada.image(ada.project(), content=self.CONTENT + uuid4().bytes, format="png")
        return ada.client.get(f"/images/{image_id}").json()

    def test_a_signed_address_needs_no_token(self, world: World, image: dict):
        response = httpx.get(world.url + image["download_url"])

        assert response.status_code == 200
        assert hashlib.sha256(response.content).hexdigest() == image["sha256"]
        assert response.headers["content-type"] == "image/png"
        assert response.headers["content-disposition"] == f'attachment; filename="{image["id"]}.png"'
        assert response.headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in response.headers["content-security-policy"]
        assert response.headers["etag"] == f'"{image["sha256"]}"'

    def test_a_thumbnail_is_webp_and_shown_in_place(self, world: World, image: dict):
        response = httpx.get(world.url + image["thumbnail_url"])

        assert response.headers["content-type"] == "image/webp"
        assert "content-disposition" not in response.headers

    def test_a_token_works_too_but_only_the_owners(self, ada: Person, eve: Person, image: dict):
        address = f"/images/{image['id']}/download"

        assert ada.client.get(address).status_code == 200
        assert eve.client.get(address).status_code == 404

    def test_a_changed_address_is_worthless(self, world: World, image: dict):
        address = image["download_url"]
        signature = address.rpartition("=")[2]
        for forged in (
            address.replace("/download", "/thumbnail"),
            address.replace(signature, signature[::-1]),
            address.replace("expires=", "expires=1"),
            address.partition("?")[0],
            address.replace(image["id"], str(uuid4())),
        ):
            assert httpx.get(world.url + forged).status_code == 401, forged

    def test_the_address_stays_the_same_for_an_hour(self, ada: Person, image: dict):
        assert ada.client.get(f"/images/{image['id']}").json()["thumbnail_url"] == image["thumbnail_url"]

    @pytest.mark.parametrize(
        ("header", "status", "span"),
        [
            ("bytes=0-9", 206, slice(0, 10)),
            ("bytes=10000-", 206, slice(10000, None)),
            ("bytes=-6", 206, slice(-6, None)),
            ("bytes=5-999999", 206, slice(5, None)),
            ("bytes=0-0", 206, slice(0, 1)),
            ("bytes=999999-", 416, slice(0, 0)),
            ("bytes=-0", 416, slice(0, 0)),
            ("bytes=9-5", 416, slice(0, 0)),
            ("bytes=0-1,5-6", 200, slice(None)),
            ("lines=1-2", 200, slice(None)),
            ("bytes=-", 200, slice(None)),
        ],
    )
    def test_ranges(self, world: World, image: dict, header: str, status: int, span: slice):
        whole = httpx.get(world.url + image["download_url"]).content
        response = httpx.get(world.url + image["download_url"], headers={"Range": header})

        assert response.status_code == status
        assert response.content == whole[span]
        if status == 206:
            assert response.headers["content-range"].endswith(f"/{len(whole)}")

    def test_a_range_of_another_content_is_answered_in_full(self, world: World, image: dict):
        headers = {"Range": "bytes=0-9", "If-Range": '"another"'}
        assert httpx.get(world.url + image["download_url"], headers=headers).status_code == 200

    def test_what_the_browser_has_is_not_sent_again(self, world: World, image: dict):
        address = world.url + image["thumbnail_url"]
        etag = httpx.get(address).headers["etag"]
        for header in (etag, f'"other", W/{etag}', "*"):
            response = httpx.get(address, headers={"If-None-Match": header})
            assert (response.status_code, response.content) == (304, b"")

    def test_a_lost_file_is_not_found(self, world: World, ada: Person, image: dict):
        ada.storage.delete(f"originals/{image['sha256'][:2]}/{image['sha256']}")
        response = httpx.get(world.url + image["download_url"])

        assert response.status_code == 404
        assert response.headers["content-type"] == "application/problem+json"
        assert "immutable" not in response.headers["cache-control"]
