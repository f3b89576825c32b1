import io
import resource
import struct
import time
import zlib
from contextlib import suppress

import numpy as np
import pytest
from PIL import Image

from backend.crawler import Reason
from backend.crawler.decode import BadImageError, DecodeLimits, decode, sniff
from backend.crawler.dedup import NEAR_DUPLICATE_DISTANCE, hamming_distance
from backend.crawler.integrity import Integrity, judge_warning
from backend.tests.crawler.pictures import FORMATS, encoded, jpeg, picture

LIMITS = DecodeLimits()
CLEAN = [
    *(
        pytest.param(format_name, {}, mode, id=f"{format_name}-{mode}")
        for format_name, modes in (
            ("JPEG", ("RGB", "L", "CMYK")),
            ("PNG", ("RGB", "RGBA", "L", "LA", "P", "1", "I;16")),
            ("WEBP", ("RGB", "RGBA")),
            ("GIF", ("RGB", "L", "P")),
        )
        for mode in modes
    ),
    pytest.param("JPEG", {"progressive": True}, "RGB", id="progressive"),
    pytest.param("JPEG", {"optimize": True, "quality": 95, "subsampling": 0}, "RGB", id="4:4:4"),
    pytest.param("JPEG", {"quality": 20, "restart_marker_rows": 1}, "RGB", id="restarts"),
    pytest.param("WEBP", {"lossless": True}, "RGB", id="lossless WebP"),
    pytest.param("PNG", {"optimize": True}, "RGB", id="optimised PNG"),
]


def in_mode(image: Image.Image, mode: str) -> Image.Image:
    if mode == "I;16":
        return Image.fromarray(np.asarray(image.convert("L")).astype(np.uint16) * 257)
    return image.convert(mode)


def refusal(content: bytes, limits: DecodeLimits = LIMITS) -> BadImageError:
    with pytest.raises(BadImageError) as caught:
        decode(content, limits)
    return caught.value


def is_refused(content: bytes) -> bool:
    try:
        decode(content, LIMITS)
    except BadImageError as error:
        assert error.reason is Reason.CORRUPT
        return True
    return False


def scan_start(content: bytes | bytearray) -> int:
    return content.index(b"\xff\xda") + 40


def colour_of(thumbnail: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(thumbnail)).convert("RGB"))[100, 100].astype(int)


def png_chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


class TestCleanImages:
    @pytest.mark.parametrize(("format_name", "options", "mode"), CLEAN)
    @pytest.mark.parametrize("seed", range(4))
    def test_are_never_refused(self, format_name, options, mode, seed):
        width, height = [(640, 480), (321, 97), (64, 64), (101, 999)][seed]
        decoded = decode(encoded(in_mode(picture(seed, width, height), mode), format_name, **options), LIMITS)
        assert (decoded.width, decoded.height) == (width, height)
        assert decoded.format == format_name.lower()
        assert decoded.integrity is Integrity.OK

    @pytest.mark.parametrize("format_name", FORMATS)
    def test_look_the_same_in_every_format(self, format_name):
        original = decode(encoded(picture(3), "PNG"), LIMITS)
        other = decode(encoded(picture(3), format_name), LIMITS)
        assert hamming_distance(original.phash, other.phash) <= NEAR_DUPLICATE_DISTANCE

    def test_of_an_animation_the_first_frame_counts(self):
        frames = [picture(seed, 100, 80) for seed in range(3)]
        for format_name in ("GIF", "WEBP", "PNG"):
            film = encoded(frames[0], format_name, save_all=True, append_images=frames[1:])
            still = encoded(frames[0], format_name)
            distance = hamming_distance(decode(film, LIMITS).phash, decode(still, LIMITS).phash)
            assert distance <= NEAR_DUPLICATE_DISTANCE

    def test_bytes_after_the_end_do_not_matter(self):
        assert decode(jpeg() + b"trailing" * 50, LIMITS).integrity is Integrity.OK


class TestDamage:
    @pytest.mark.parametrize("format_name", FORMATS)
    def test_every_truncation_is_refused(self, format_name):
        rng = np.random.default_rng(1)
        for seed in range(8):
            content = encoded(picture(seed, 320, 240), format_name)
            for share in (*rng.uniform(0.02, 0.98, 5), 0.995):
                assert is_refused(content[: int(len(content) * share)]), (seed, share)

    def test_every_truncated_progressive_jpeg_is_refused(self):
        content = jpeg(progressive=True)
        for share in np.linspace(0.05, 0.99, 20):
            assert is_refused(content[: int(len(content) * share)])

    def test_every_hole_in_a_jpeg_is_refused(self):
        rng = np.random.default_rng(2)
        for seed in range(40):
            content = bytearray(jpeg(seed, 800, 600))
            place = int(rng.integers(scan_start(content), len(content) - 5000))
            content[place : place + 4096] = bytes(4096)
            assert is_refused(bytes(content)), seed

    def test_at_least_a_fifth_of_changed_bytes_in_jpegs_is_refused(self):
        rng = np.random.default_rng(3)
        refused = 0
        for seed in range(150):
            content = bytearray(jpeg(seed % 20, 320, 240))
            content[int(rng.integers(scan_start(content), len(content) - 4))] ^= 0x5A
            refused += is_refused(bytes(content))
        assert refused >= 30

    def test_every_changed_byte_in_png_data_is_refused(self):
        rng = np.random.default_rng(4)
        clean = encoded(picture(1, 320, 240), "PNG")
        start = clean.index(b"IDAT") + 4
        for _ in range(40):
            content = bytearray(clean)
            content[int(rng.integers(start, len(content) - 20))] ^= 0x10
            assert is_refused(bytes(content))

    @pytest.mark.parametrize(
        ("message", "integrity"),
        [
            ("Corrupt JPEG data: 2 extraneous bytes before marker 0xe1", Integrity.SUSPECT),
            ("Corrupt JPEG data: 18 extraneous bytes before marker 0xdb", Integrity.SUSPECT),
            ("Corrupt JPEG data: 900 extraneous bytes before marker 0xd9", Integrity.CORRUPT),
            ("Corrupt JPEG data: 5 extraneous bytes before marker 0xda", Integrity.CORRUPT),
            ("Corrupt JPEG data: premature end of data segment", Integrity.CORRUPT),
            ("Premature end of JPEG file", Integrity.CORRUPT),
            ("Unknown Adobe color transform code 7", Integrity.SUSPECT),
            ("something new", Integrity.CORRUPT),
        ],
    )
    def test_what_libjpeg_says_is_weighed(self, message, integrity):
        assert judge_warning(message) is integrity

    def test_padding_between_header_segments_is_let_pass(self):
        content = jpeg()
        tables = content.index(b"\xff\xdb")
        padded = content[:tables] + b"\x00\x00" + content[tables:]
        decoded = decode(padded, LIMITS)
        assert decoded.integrity is Integrity.SUSPECT
        assert "extraneous" in decoded.note
        distance = hamming_distance(decoded.phash, decode(content, LIMITS).phash)
        assert distance <= NEAR_DUPLICATE_DISTANCE


class TestWhatIsNoImage:
    @pytest.mark.parametrize(
        ("content", "reason"),
        [
            (b"", Reason.NOT_AN_IMAGE),
            (b"<!doctype html><title>404</title>", Reason.NOT_AN_IMAGE),
            (b"{}", Reason.NOT_AN_IMAGE),
            (bytes(1000), Reason.NOT_AN_IMAGE),
            (b"%PDF-1.7", Reason.NOT_AN_IMAGE),
            (b"PK\x03\x04", Reason.NOT_AN_IMAGE),
            (b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>", Reason.UNSUPPORTED_FORMAT),
            (b"<?xml version='1.0'?><svg/>", Reason.UNSUPPORTED_FORMAT),
            (b"\x00\x00\x00\x1cftypavif", Reason.UNSUPPORTED_FORMAT),
            (b"\x00\x00\x00\x1cftypheic", Reason.UNSUPPORTED_FORMAT),
            (encoded(picture(0, 80, 80), "BMP"), Reason.UNSUPPORTED_FORMAT),
            (encoded(picture(0, 80, 80), "TIFF"), Reason.UNSUPPORTED_FORMAT),
            (b"\xff\xd8\xff", Reason.CORRUPT),
            (b"\xff\xd8\xff\xe0<html>", Reason.CORRUPT),
            (b"\x89PNG\r\n\x1a\n", Reason.CORRUPT),
            (b"GIF89a", Reason.CORRUPT),
            (b"RIFF\x00\x00\x00\x00WEBP", Reason.CORRUPT),
            (b"RIFF\x00\x00\x00\x00WAVE", Reason.NOT_AN_IMAGE),
        ],
    )
    def test_is_refused_by_its_content(self, content, reason):
        assert refusal(content).reason is reason

    @pytest.mark.parametrize("format_name", FORMATS)
    def test_the_content_names_the_format(self, format_name):
        assert sniff(encoded(picture(0, 80, 80), format_name)[:32]) == format_name.lower()

    def test_random_bytes_behind_a_true_beginning_never_crash(self):
        rng = np.random.default_rng(5)
        for format_name in FORMATS:
            clean = encoded(picture(0, 100, 100), format_name)
            for keep in (12, 30, 60, 200):
                for _ in range(15):
                    with suppress(BadImageError):
                        decode(clean[:keep] + rng.bytes(2000), LIMITS)


class TestLimits:
    @pytest.mark.parametrize("size", [(63, 640), (640, 63), (1, 1)])
    @pytest.mark.parametrize("format_name", FORMATS)
    def test_a_tiny_image_is_refused(self, size, format_name):
        error = refusal(encoded(picture(0, *size), format_name))
        assert error.reason is Reason.TOO_SMALL

    def test_the_smallest_size_is_the_callers_choice(self):
        content = jpeg(0, 40, 30)
        assert decode(content, DecodeLimits(min_size=30)).height == 30
        assert refusal(content, DecodeLimits(min_size=31)).reason is Reason.TOO_SMALL

    @pytest.mark.parametrize("format_name", ["JPEG", "PNG"])
    def test_a_pixel_bomb_is_refused_before_it_is_decoded(self, format_name):
        bomb = encoded(Image.new("L", (8_000, 8_000)), format_name)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        started = time.process_time()
        assert refusal(bomb).reason is Reason.TOO_MANY_PIXELS
        assert time.process_time() - started < 0.2
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 16 * 1024

    def test_a_format_that_needs_more_memory_may_have_fewer_pixels(self):
        flat = Image.new("L", (5400, 5400), 90)
        assert refusal(encoded(flat, "WEBP", lossless=True, method=0)).reason is Reason.TOO_MANY_PIXELS
        assert decode(encoded(flat, "JPEG"), LIMITS).width == 5400

    def test_a_header_that_lies_about_its_size_is_refused(self):
        header = png_chunk(b"IHDR", struct.pack(">IIBBBBB", 2**31 - 1, 2**31 - 1, 8, 6, 0, 0, 0))
        content = b"\x89PNG\r\n\x1a\n" + header + png_chunk(b"IDAT", b"")
        assert refusal(content).reason is Reason.TOO_MANY_PIXELS

    def test_a_text_bomb_in_a_png_costs_little(self):
        clean = encoded(picture(0, 80, 80), "PNG")
        bomb = png_chunk(b"zTXt", b"Comment\x00\x00" + zlib.compress(bytes(200 << 20), 9))
        started = time.process_time()
        is_refused(clean[:33] + bomb + clean[33:])
        assert time.process_time() - started < 1

    def test_thousands_of_scans_are_refused(self):
        content = jpeg(0, 2000, 1500, progressive=True)
        last_scan = content.rindex(b"\xff\xda")
        started = time.process_time()
        assert is_refused(content[:-2] + content[last_scan:-2] * 300 + content[-2:])
        assert time.process_time() - started < 1

    @pytest.mark.parametrize("kind", ["JPEG junk", "JPEG segments", "PNG chunks", "GIF blocks"])
    def test_millions_of_little_pieces_are_refused(self, kind):
        size = 16 << 20
        png, gif = encoded(picture(0, 80, 80), "PNG"), encoded(picture(0, 80, 80), "GIF")
        bomb = {
            "JPEG junk": b"\xff\xd8\xff\xe0\0\2" + bytes(size),
            "JPEG segments": b"\xff\xd8" + b"\xff\xe5\0\2" * (size // 4),
            "PNG chunks": png[:33] + png_chunk(b"teSt", b"") * (size // 12) + png[33:],
            "GIF blocks": gif[:781] + b"!\xfe" + b"\1x" * (size // 2) + b"\0" + gif[781:],
        }[kind]
        started = time.process_time()
        assert is_refused(bomb)
        assert time.process_time() - started < 1

    def test_thousands_of_frames_cost_one(self):
        frames = [Image.new("P", (64, 64), index % 250) for index in range(600)]
        film = encoded(picture(0, 64, 64).convert("P"), "GIF", save_all=True, append_images=frames)
        started = time.process_time()
        decode(film, LIMITS)
        assert time.process_time() - started < 0.2


class TestThumbnail:
    @pytest.mark.parametrize("format_name", FORMATS)
    @pytest.mark.parametrize(
        ("size", "expected"),
        [
            ((1600, 1200), (320, 240)),
            ((700, 1400), (160, 320)),
            ((320, 320), (320, 320)),
            ((100, 80), (100, 80)),
        ],
    )
    def test_is_webp_with_a_longest_side_of_320(self, format_name, size, expected):
        thumbnail = Image.open(io.BytesIO(decode(encoded(picture(0, *size), format_name), LIMITS).thumbnail))
        assert thumbnail.format == "WEBP"
        assert thumbnail.size == expected

    def test_an_extreme_shape_keeps_at_least_a_pixel(self):
        content = encoded(picture(0, 5000, 64), "JPEG")
        assert Image.open(io.BytesIO(decode(content, LIMITS).thumbnail)).size == (320, 4)

    @pytest.mark.parametrize("orientation", range(1, 9))
    def test_stands_upright_whatever_the_camera_held(self, orientation):
        upright = picture(7, 480, 360)
        undo = {
            2: Image.Transpose.FLIP_LEFT_RIGHT,
            3: Image.Transpose.ROTATE_180,
            4: Image.Transpose.FLIP_TOP_BOTTOM,
            5: Image.Transpose.TRANSPOSE,
            6: Image.Transpose.ROTATE_90,
            7: Image.Transpose.TRANSVERSE,
            8: Image.Transpose.ROTATE_270,
        }
        held = upright.transpose(undo[orientation]) if orientation in undo else upright
        exif = Image.Exif()
        exif[274] = orientation
        decoded = decode(encoded(held, "JPEG", quality=90, exif=exif), LIMITS)
        assert (decoded.width, decoded.height) == held.size
        assert Image.open(io.BytesIO(decoded.thumbnail)).size == (320, 240)
        plain = decode(encoded(upright, "JPEG", quality=90), LIMITS)
        assert hamming_distance(decoded.phash, plain.phash) <= NEAR_DUPLICATE_DISTANCE

    def test_keeps_the_colours(self):
        for image, expected in (
            (Image.new("RGB", (400, 400), (200, 30, 60)), (200, 30, 60)),
            (Image.new("RGBA", (400, 400), (0, 0, 0, 0)), (255, 255, 255)),
            (Image.new("L", (400, 400), 90), (90, 90, 90)),
        ):
            decoded = decode(encoded(image, "PNG"), LIMITS)
            colour = colour_of(decoded.thumbnail)
            assert np.abs(colour - expected).max() <= 6

    def test_of_a_cmyk_jpeg_has_its_colours(self):
        red = Image.new("RGB", (400, 400), (220, 40, 40))
        decoded = decode(encoded(red.convert("CMYK"), "JPEG", quality=95), LIMITS)
        colour = colour_of(decoded.thumbnail)
        assert np.abs(colour - (220, 40, 40)).max() <= 12

    def test_carries_no_metadata(self):
        exif = Image.Exif()
        exif[270] = "GPS secret"
        thumbnail = decode(encoded(picture(0), "JPEG", exif=exif), LIMITS).thumbnail
        assert b"secret" not in thumbnail
        assert b"EXIF" not in thumbnail
