from collections.abc import Mapping
from os import PathLike

from dotenv.main import DotEnv, resolve_variables
from pydantic_settings import DotEnvSettingsSource


class LayeredEnvFiles(DotEnvSettingsSource):
    """`${NAME}` in a file is what the real environment says, or else what stands above, in earlier files too.

    The source of pydantic-settings reads each file for itself, and lets it win over the environment there.
    """

    def _read_env_files(self) -> Mapping[str, str | None]:
        files = self.env_file or ()
        paths = [files] if isinstance(files, str | PathLike) else files
        written = [item for path in paths for item in DotEnv(path, encoding="utf-8").parse()]
        return {name.lower(): value for name, value in resolve_variables(written, override=False).items()}
