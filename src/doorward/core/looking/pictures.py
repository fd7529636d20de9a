"""Pictures: decoded under caps, and re-encoded without anything but the picture (OWASP ASVS 5.2.3, 5.3.1)."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import BinaryIO

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from doorward.core.file_kinds import FileKind
from doorward.core.looking.findings import Findings, Scratch
from doorward.errors import FileRefused

#: Pixels of one picture: the largest cameras of telephones make 200 million, few more than 50.
MOST_PIXELS = 64_000_000
LONGEST_SIDE = 30_000
THUMB_SIDE = 480
#: An animation of at most so many pictures, and pixels in all of them, stays one.
MOST_FRAMES = 200
MOST_MOVING_PIXELS = 40_000_000
#: A PNG larger than this is a photo in the wrong clothes.
_LARGEST_PNG = 2 * 1024 * 1024
_QUALITY = 86
_FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/gif": "GIF", "image/webp": "WEBP"}
_STILL = "Of the animation only the first picture is shown."


@dataclass(frozen=True, slots=True)
class Made:
    """The picture that was made, as it is served."""

    media_type: str
    width: int
    height: int


def decode(source: BinaryIO, kind: FileKind, found: Findings) -> Image.Image:
    """The first frame, decoded whole.

    Errors: FileRefused: too many pixels, broken or incomplete.
    """
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    try:
        image = Image.open(source, formats=[_FORMATS[kind.media_type]])
        _must_be_of_sane_size(image)
        image.load()
        if getattr(image, "n_frames", 1) > 1 and not _is_short_animation(image):
            found.note(_STILL)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_large() from None
    except FileRefused:
        raise
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError, KeyError, IndexError, TypeError):
        raise FileRefused("This picture is broken or incomplete.", why="broken") from None
    return image


def _must_be_of_sane_size(image: Image.Image) -> None:
    width, height = image.size
    if width * height > MOST_PIXELS or max(width, height) > LONGEST_SIDE or min(width, height) < 1:
        raise _too_large()


def _too_large() -> FileRefused:
    millions = MOST_PIXELS // 1_000_000
    return FileRefused(f"This picture has more pixels than the {millions} million that are taken.", why="pixels")


def re_encode(image: Image.Image, full: BinaryIO, thumb: BinaryIO, side: int, scratch: Scratch) -> Made:
    """Write the picture anew, upright and in the colours of screens, and a thumbnail. Nothing else comes along."""
    if _is_short_animation(image):
        return _animated(image, full, thumb, side)
    lossless = image.format in ("PNG", "GIF")
    plain = _plain(image, scratch)
    plain.thumbnail((side, side), Image.Resampling.LANCZOS)
    made = Made(_write(plain, full, lossless=lossless), *plain.size)
    _write_thumb(plain, thumb)
    return made


def _is_short_animation(image: Image.Image) -> bool:
    frames = getattr(image, "n_frames", 1)
    return 1 < frames <= MOST_FRAMES and frames * image.width * image.height <= MOST_MOVING_PIXELS


def _animated(image: Image.Image, full: BinaryIO, thumb: BinaryIO, side: int) -> Made:
    """An animation stays one, as WebP."""
    frames, times = [], []
    for number in range(getattr(image, "n_frames", 1)):
        image.seek(number)
        times.append(max(20, min(60_000, int(image.info.get("duration") or 100))))
        frame = image.convert("RGBA")
        frame.info = {}
        frame.thumbnail((side, side), Image.Resampling.BILINEAR)
        frames.append(frame)
    first, *others = frames
    first.save(full, "WEBP", save_all=True, append_images=others, duration=times, loop=0, quality=75, method=0)
    made = Made("image/webp", *first.size)
    _write_thumb(first, thumb)
    return made


def _write_thumb(image: Image.Image, thumb: BinaryIO) -> None:
    image.thumbnail((THUMB_SIDE, THUMB_SIDE), Image.Resampling.LANCZOS)
    image.save(thumb, "WEBP", quality=80, method=3)


def _plain(image: Image.Image, scratch: Scratch) -> Image.Image:
    upright = ImageOps.exif_transpose(image)
    see_through = upright.mode in ("RGBA", "LA", "PA") or "transparency" in upright.info
    plain = _in_screen_colours(upright, scratch).convert("RGBA" if see_through else "RGB")
    plain.info = {}  # what writers would take along: profiles, comments, positions
    return plain


def _in_screen_colours(image: Image.Image, scratch: Scratch) -> Image.Image:
    """The colours as they are meant, where a profile says how; without one, or with a broken one, as they are."""
    profile = image.info.get("icc_profile")
    if not profile or image.mode not in ("RGB", "RGBA", "CMYK"):
        return image
    wanted = "RGBA" if image.mode == "RGBA" else "RGB"
    try:
        with scratch() as file:
            file.write(profile)
            file.seek(0)
            given = ImageCms.ImageCmsProfile(file)
        converted = ImageCms.profileToProfile(image, given, ImageCms.createProfile("sRGB"), outputMode=wanted)
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image
    return converted if converted is not None else image


def _write(image: Image.Image, target: BinaryIO, *, lossless: bool) -> str:
    if lossless:
        image.save(target, "PNG")
        if target.tell() <= _LARGEST_PNG:
            return "image/png"
        target.seek(0)
        target.truncate()
    if image.mode == "RGBA":
        image.save(target, "WEBP", quality=_QUALITY, method=3)
        return "image/webp"
    image.save(target, "JPEG", quality=_QUALITY, progressive=True)
    return "image/jpeg"
