"""The photographs everything here is cut from: free ones that the scikit-image and scikit-learn wheels carry.

Authors and licences are those that the wheels state (skimage/data/_fetchers.py and
sklearn/datasets/images/README.txt). Images whose licence they leave open are not used.
"""

import importlib.util
from dataclasses import dataclass
from pathlib import Path

from env.services.places import ServiceError


@dataclass(frozen=True, slots=True)
class Licence:
    name: str
    url: str


@dataclass(frozen=True, slots=True)
class Source:
    """`region` (left, top, right, bottom in pixels) leaves out what makes no picture, like a black border."""

    label: str
    title: str
    about: str
    file: str
    author: str
    origin: str
    licence: Licence
    region: tuple[int, int, int, int] | None = None

    def path(self) -> Path:
        package, _, rest = self.file.partition("/")
        spec = importlib.util.find_spec(package)
        for location in spec.submodule_search_locations or () if spec else ():
            if (found := Path(location) / rest).is_file():
                return found
        raise ServiceError(f"the demo photograph {self.file} is not installed; run: uv sync")


CC0 = Licence("CC0 1.0", "https://creativecommons.org/publicdomain/zero/1.0/")
CC_BY_2 = Licence("CC BY 2.0", "https://creativecommons.org/licenses/by/2.0/")
PUBLIC_DOMAIN = Licence("Public Domain Mark 1.0", "https://creativecommons.org/publicdomain/mark/1.0/")

SOURCES = (
    Source(
        "cat",
        "Cat",
        "Chelsea, a tabby, looking straight at you.",
        "skimage/data/chelsea.png",
        "Stefan van der Walt",
        "https://scikit-image.org/docs/stable/api/skimage.data.html#skimage.data.chelsea",
        CC0,
    ),
    Source(
        "coffee",
        "Coffee",
        "A cup of espresso on a wooden table.",
        "skimage/data/coffee.png",
        "Rachel Michetti",
        "https://scikit-image.org/docs/stable/api/skimage.data.html#skimage.data.coffee",
        CC0,
    ),
    Source(
        "flower",
        "Flower",
        "A dahlia in full bloom.",
        "sklearn/datasets/images/flower.jpg",
        "vultilion",
        "https://www.flickr.com/photos/vultilion/6056698931/",
        CC_BY_2,
    ),
    Source(
        "temple",
        "Temple",
        "Roofs of a Chinese temple under a clear sky.",
        "sklearn/datasets/images/china.jpg",
        "danielbuechele",
        "https://www.flickr.com/photos/danielbuechele/6061409035/",
        CC_BY_2,
    ),
    Source(
        "rocket",
        "Rocket",
        "A Falcon 9 with the DSCOVR satellite at Cape Canaveral.",
        "skimage/data/rocket.jpg",
        "SpaceX",
        "https://www.flickr.com/photos/spacexphotos/16511594820/",
        PUBLIC_DOMAIN,
    ),
    Source(
        "galaxy",
        "Galaxy",
        "The Hubble eXtreme Deep Field.",
        "skimage/data/hubble_deep_field.jpg",
        "NASA",
        "http://hubblesite.org/newscenter/archive/releases/2012/37/image/a/",
        PUBLIC_DOMAIN,
    ),
    Source(
        "retina",
        "Retina",
        "The back of a healthy human eye.",
        "skimage/data/retina.jpg",
        "Mikael Häggström",
        "https://doi.org/10.15347/wjm/2014.008",
        CC0,
        (230, 230, 1180, 1180),
    ),
    Source(
        "photographer",
        "Photographer",
        "A person with a camera on a tripod.",
        "skimage/data/camera.png",
        "Lav Varshney",
        "https://github.com/scikit-image/scikit-image/issues/3927",
        CC0,
    ),
    Source(
        "brick",
        "Brick",
        "A brick wall.",
        "skimage/data/brick.png",
        "CC0Textures",
        "https://cc0textures.com/view.php?tex=Bricks25",
        CC0,
    ),
    Source(
        "grass",
        "Grass",
        "Blades of grass from above.",
        "skimage/data/grass.png",
        "linolafett",
        "https://www.deviantart.com/linolafett/art/Grass-01-434853879",
        CC0,
    ),
)
