"""The demo site: routes, and the rendering that goes on behind them."""

import contextlib
import io
import os
import sys
import threading
from collections.abc import AsyncIterator, Callable, Mapping
from html import escape
from pathlib import Path

from PIL import Image
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from env.services.demo import pages
from env.services.demo.account import AuthIsAwayError, ensure_account
from env.services.demo.photos import Archive, Photo
from env.services.places import ServiceError
from env.services.waiting import wait_for

ROBOTS = "User-agent: *\nDisallow: /private/\n"
_STYLE = Path(__file__).with_name("style.css")
_KINDS = {".jpg": "image/jpeg", ".png": "image/png", ".webp": "image/webp"}
_LOW_PRIORITY = 10


class DemoSite:
    def __init__(self, archive: Archive, variables: Mapping[str, str]) -> None:
        self._archive = archive
        self._variables = variables
        self._stopping = threading.Event()

    def application(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/", self._index),
                Route("/label/{label}", self._label),
                Route("/gallery", self._gallery),
                Route("/urls.txt", self._urls),
                Route("/broken", self._broken),
                Route("/broken/{name}", self._broken_file),
                Route("/empty", _html(pages.empty)),
                Route("/attribution", _html(pages.attribution)),
                Route("/photos/{label}/{name}", self._photo),
                Route("/small/{label}/{name}", self._small_photo),
                Route("/private/hidden.jpg", self._hidden),
                Route("/robots.txt", lambda _request: PlainTextResponse(ROBOTS)),
                Route("/style.css", lambda _request: FileResponse(_STYLE)),
                Route("/health", lambda _request: PlainTextResponse("ok")),
            ],
            lifespan=self._lifespan,
        )

    def stop_rendering(self) -> None:
        """From here on a photograph is rendered only when it is asked for."""
        self._stopping.set()

    @contextlib.asynccontextmanager
    async def _lifespan(self, _application: Starlette) -> AsyncIterator[None]:
        worker = threading.Thread(target=self._prepare, name="prepare")
        worker.start()
        yield
        self.stop_rendering()
        await run_in_threadpool(worker.join)

    def _prepare(self) -> None:
        threading.Thread(target=self._make_account, name="account", daemon=True).start()
        if sys.platform == "linux":
            # Threads have their own priority there; the rest of the stack starts at the same time.
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _LOW_PRIORITY)
        self._archive.drop_older()
        count = self._archive.render_all(self._stopping)
        print(f"{count} photographs ready", flush=True)

    def _make_account(self) -> None:
        wait_for("Auth", self._why_no_account, self._stopping.wait)

    def _why_no_account(self) -> str | None:
        if self._stopping.is_set():
            return None
        try:
            made = ensure_account(self._variables)
            print("demo account made" if made else "demo account is there", flush=True)
        except AuthIsAwayError as error:
            return str(error)
        except ServiceError as error:
            print(error, file=sys.stderr, flush=True)
        return None

    async def _index(self, request: Request) -> Response:
        return HTMLResponse(pages.index(self._archive, _base(request)))

    async def _label(self, request: Request) -> Response:
        photos = self._archive.labels.get(request.path_params["label"])
        if photos is None:
            raise HTTPException(404)
        return HTMLResponse(pages.label(photos))

    async def _gallery(self, request: Request) -> Response:
        return HTMLResponse(pages.gallery(pages.gallery_photos(self._archive), _base(request)))

    async def _urls(self, request: Request) -> Response:
        return PlainTextResponse(pages.url_list(self._archive, _base(request)))

    async def _photo(self, request: Request) -> Response:
        return await self._serve(request, small=False)

    async def _small_photo(self, request: Request) -> Response:
        return await self._serve(request, small=True)

    async def _serve(self, request: Request, *, small: bool) -> Response:
        photo = self._archive.find(request.path_params["label"], request.path_params["name"])
        if photo is None:
            raise HTTPException(404)
        path = await run_in_threadpool(self._archive.file, photo, small=small)
        return FileResponse(path, media_type=_KINDS[path.suffix], headers={"Cache-Control": "max-age=3600"})

    async def _broken(self, _request: Request) -> Response:
        return HTMLResponse(pages.broken(self._sound))

    async def _broken_file(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name == "tiny.png":
            return Response(_tiny(), media_type="image/png")
        if name == "page.jpg":
            return Response("<!doctype html><title>Not an image</title>", media_type="image/jpeg")
        content = (await run_in_threadpool(self._archive.file, self._sound)).read_bytes()
        if name == "copy.jpg":
            return Response(content, media_type="image/jpeg")
        if name == "truncated.jpg":
            return Response(content[: len(content) // 2], media_type="image/jpeg")
        raise HTTPException(404)

    async def _hidden(self, _request: Request) -> Response:
        path = await run_in_threadpool(self._archive.file, self._archive.labels["rocket"][-2])
        return FileResponse(path, media_type=_KINDS[path.suffix])

    @property
    def _sound(self) -> Photo:
        """The one photograph of /broken; neither gallery nor list hold it, so its copy is its only double."""
        return self._archive.labels["flower"][-1]


def _html(render: Callable[[], str]) -> Callable[[Request], Response]:
    return lambda _request: HTMLResponse(render())


def _base(request: Request) -> str:
    return escape(str(request.base_url).rstrip("/"))


def _tiny() -> bytes:
    content = io.BytesIO()
    Image.new("RGB", (16, 16), "orange").save(content, "PNG")
    return content.getvalue()
