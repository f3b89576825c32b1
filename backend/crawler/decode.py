"""Strict decoding: an image is accepted only when every byte of it could be decoded."""

import io
import struct
import warnings
import zlib
from dataclasses import dataclass

import simplejpeg
from PIL import Image

from backend.crawler.hashes import perceptual_hash
from backend.crawler.integrity import Integrity, judge_warning
from backend.crawler.reasons import Reason
from backend.crawler.thumbnail import THUMBNAIL_SIDE, encode, shrink, upright

# A progressive JPEG may repeat its whole raster per scan; real ones have about ten.
_MAX_JPEG_SCANS = 64
_MAX_SCANNED_PIXELS = 1_000_000_000
# Pillow reads junk between JPEG segments byte by byte, PNG chunks and GIF blocks one by one: real files need
# some thousands at most.
_MAX_READS = 100_000
# What a decoder holds at its peak: coefficients (JPEG), canvases (WebP), the raster and its conversion.
_BYTES_PER_PIXEL = {"jpeg": 6, "png": 8, "gif": 6, "webp": 12}
_MAX_DECODER_BYTES = 320 * 1024 * 1024
# What Pillow raises for damaged files; it has no common base class.
_DECODER_ERRORS = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    IndexError,
    KeyError,
    TypeError,
    OverflowError,
    MemoryError,
    struct.error,
    zlib.error,
)


class BadImageError(Exception):
    """Raised for content that is refused; `reason` says on which ground."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


class _Patient(io.BytesIO):
    """Loses its patience with a file that is all structure and no picture."""

    reads = 0

    def read(self, size: int | None = -1, /) -> bytes:
        self.reads += 1
        if self.reads > _MAX_READS:
            raise OSError("too many pieces")
        return super().read(size)


@dataclass(frozen=True, slots=True)
class DecodeLimits:
    min_size: int = 64
    max_pixels: int = 50_000_000


@dataclass(frozen=True, slots=True)
class Decoded:
    """`width` and `height` are those of the stored raster; `thumbnail` (WebP) and `phash` are upright."""

    format: str
    width: int
    height: int
    phash: int
    thumbnail: bytes
    integrity: Integrity
    note: str = ""


def sniff(head: bytes) -> str | None:
    """The accepted format that these first bytes announce, whatever the URL or the server call it."""
    if head.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "gif"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    return None


def decode(content: bytes, limits: DecodeLimits) -> Decoded:
    """Raises BadImageError."""
    format_name = sniff(content)
    if format_name is None:
        raise BadImageError(*_what_else(content[:256]))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(_Patient(content), formats=[format_name.upper()]) as image:
                width, height = image.size
                _check_size(format_name, width, height, limits)
                if format_name == "jpeg":
                    picture, integrity, note = _decode_jpeg(content, image)
                else:
                    picture, integrity, note = _decode_other(image), Integrity.OK, ""
                picture = upright(picture, image)
    except Image.DecompressionBombError as error:
        raise BadImageError(Reason.TOO_MANY_PIXELS, str(error)) from error
    except _DECODER_ERRORS as error:
        raise BadImageError(Reason.CORRUPT, f"{format_name}: {error}") from error
    thumbnail = shrink(picture)
    return Decoded(
        format_name,
        width,
        height,
        perceptual_hash(thumbnail.convert("L")),
        encode(thumbnail),
        integrity,
        note,
    )


def _what_else(head: bytes) -> tuple[Reason, str]:
    if head[4:8] == b"ftyp" or head[:2] in (b"BM", b"II", b"MM") or b"<svg" in head.lower():
        return Reason.UNSUPPORTED_FORMAT, "an image format that is not collected"
    return Reason.NOT_AN_IMAGE, "the content is not an image" if head else "the answer is empty"


def _check_size(format_name: str, width: int, height: int, limits: DecodeLimits) -> None:
    most_pixels = min(limits.max_pixels, _MAX_DECODER_BYTES // _BYTES_PER_PIXEL[format_name])
    if width * height > most_pixels:
        raise BadImageError(Reason.TOO_MANY_PIXELS, f"{width} x {height}")
    if min(width, height) < limits.min_size:
        raise BadImageError(Reason.TOO_SMALL, f"{width} x {height}, at least {limits.min_size} asked for")


def _decode_jpeg(content: bytes, header: Image.Image) -> tuple[Image.Image, Integrity, str]:
    scans = content.count(b"\xff\xda")
    if scans > _MAX_JPEG_SCANS or scans * header.width * header.height > _MAX_SCANNED_PIXELS:
        raise BadImageError(Reason.CORRUPT, f"jpeg: {scans} scans")
    try:
        return _scaled_jpeg(content, header), Integrity.OK, ""
    except ValueError as warning:
        note = str(warning)
        integrity = judge_warning(note)
        if integrity is Integrity.CORRUPT:
            raise
        return _tolerant_jpeg(header), integrity, note


def _scaled_jpeg(content: bytes, header: Image.Image) -> Image.Image:
    """Decodes at the smallest DCT scale that holds the thumbnail; entropy data is still read to its end."""
    width, height = header.size
    longest = max(width, height)
    colours = "CMYK" if header.mode == "CMYK" else "GRAY" if header.mode == "L" else "RGB"
    pixels = simplejpeg.decode_jpeg(
        content,
        colours,
        min_width=min(width, width * THUMBNAIL_SIDE // longest),
        min_height=min(height, height * THUMBNAIL_SIDE // longest),
        strict=True,
    )
    if colours == "GRAY":
        return Image.fromarray(pixels[..., 0])
    if colours == "CMYK":
        # Adobe stores CMYK inverted, and everybody else followed.
        return Image.fromarray(255 - pixels, "CMYK").convert("RGB")
    return Image.fromarray(pixels)


def _tolerant_jpeg(header: Image.Image) -> Image.Image:
    """Pillow passes over libjpeg's warnings, but not over a missing end."""
    header.draft("RGB", (THUMBNAIL_SIDE, THUMBNAIL_SIDE))
    header.load()
    return header.convert("RGB")


def _decode_other(image: Image.Image) -> Image.Image:
    image.load()
    factor = max(1, max(image.size) // THUMBNAIL_SIDE)
    if image.mode == "P":
        image = image.convert("RGBA" if "transparency" in image.info else "RGB")
    elif image.mode.startswith("I"):
        image = image.point(lambda value: value / 256).convert("L")
    elif image.mode not in ("L", "RGB", "RGBA", "LA"):
        image = image.convert("RGB")
    if factor > 1:
        image = image.reduce(factor)
    return _on_white(image) if image.mode in ("RGBA", "LA") else image


def _on_white(image: Image.Image) -> Image.Image:
    image = image.convert("RGBA")
    ground = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(ground, image).convert("RGB")
