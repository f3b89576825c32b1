"""Where in the manifest something stands, for problems that are found when all of it is read."""

PATH = ("tool", "pixcrawler", "processes")


class Locator:
    def __init__(self, text: str = "", where: str = "manifest") -> None:
        self._text, self._where = text, where

    def __call__(self, *path: str) -> str:
        """File and line; `path` begins with the name of a process."""
        if not self._text:
            return self._where
        from env.supervisor.configuration.positions import line_of  # only on the way to an error

        return f"{self._where}:{line_of(self._text, (*PATH, *path))}"
