import io

from PIL import Image

THUMBNAIL_SIDE = 320
_QUALITY = 78
_ORIENTATION_TAG = 274
_TRANSPOSITIONS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def upright(picture: Image.Image, header: Image.Image) -> Image.Image:
    transposition = _TRANSPOSITIONS.get(header.getexif().get(_ORIENTATION_TAG, 1))
    return picture if transposition is None else picture.transpose(transposition)


def shrink(picture: Image.Image) -> Image.Image:
    longest = max(picture.size)
    if longest <= THUMBNAIL_SIDE:
        return picture
    width, height = (max(1, round(side * THUMBNAIL_SIDE / longest)) for side in picture.size)
    return picture.resize((width, height), Image.Resampling.BILINEAR, reducing_gap=2.0)


def encode(thumbnail: Image.Image) -> bytes:
    buffer = io.BytesIO()
    thumbnail.save(buffer, "WEBP", quality=_QUALITY, method=0)
    return buffer.getvalue()
