"""`invoke env.explain` and `invoke env.init`."""

import sys

from invoke.context import Context
from invoke.tasks import task

# Every task loads what it needs: the others start faster without it.


@task(
    help={
        "name": "a variable, for example DATABASE_URL, or all",
        "json": "the same as one JSON document",
    }
)
def explain(c: Context, name: str, json: bool = False) -> None:  # noqa: ARG001 - Invoke hands it to all
    """Show where a variable's value comes from, and its meaning.

    The real environment wins, then for the backend backend/.env.local, backend/.env, .env.local and .env, for
    Next frontend/.env.local and frontend/.env. Secrets are masked.

    invoke env.explain DATABASE_URL
    invoke env.explain all
    """
    from env.variables.explain import explain as explain_variable

    sys.exit(explain_variable(name, as_json=json))


@task
def init(c: Context) -> None:  # noqa: ARG001 - Invoke hands it to all
    """Write the .env files that are missing, with fresh secrets.

    One that is there is never touched.

    invoke env.init
    """
    from env.services.auth.keys import SigningKeyError
    from env.services.places import ROOT, ServiceError
    from env.variables import create_missing

    try:
        written = create_missing(ROOT)
    except (ServiceError, SigningKeyError) as error:
        sys.exit(str(error))
    except OSError as error:
        sys.exit(f"{error.filename}: {error.strerror}\n    -> work in a folder that you may write to")
    print("\n".join(f"wrote {file}" for file in written) or "nothing is missing")
