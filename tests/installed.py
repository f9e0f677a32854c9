"""paramula built from a copy of the tree and installed into fresh environments, without a network.

Nothing is downloaded: building uses the running environment's hatchling (`--no-isolation`), installing takes no
dependencies (`--no-deps`), and a fresh environment borrows Lark, rich and SymPy by a .pth file that names the running
environment's site-packages. Its own come first, so what is imported as paramula is what was installed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from places import ROOT

PARTS = ["src", "grammar", "tests", "docs", "README.md", "LICENSE", "CITATION.cff", "pyproject.toml", ".gitignore"]
LEFT_OUT = shutil.ignore_patterns("__pycache__", "_tables.py", ".*_cache", "*.egg-info", "dist", "build")


def copied(to: Path) -> Path:
    """A copy of the sources, as a clean clone has them."""
    to.mkdir(parents=True)
    for part in PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, to / part, ignore=LEFT_OUT)
        elif (ROOT / part).exists():
            shutil.copy(ROOT / part, to / part)
    return to


def run(*command: str | Path, cwd: Path | None = None, **environ: str) -> subprocess.CompletedProcess[str]:
    """A command that must succeed, away from the checkout and its variables."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PIP_"))}
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env={**kept, "PYTHONUTF8": "1", **environ},
        capture_output=True, encoding="utf-8", errors="replace",
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
    return done


def built(tree: Path, out: Path) -> tuple[Path, Path]:
    """(wheel, sdist) of a tree; the wheel is made from the sdist, as `python -m build` does by default."""
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", out, tree)
    (wheel,), (sdist,) = out.glob("*.whl"), out.glob("*.tar.gz")
    return wheel, sdist


def environment(place: Path) -> Path:
    """A fresh environment; returns its Python."""
    run(sys.executable, "-m", "venv", "--without-pip", place)
    python = place / ("Scripts" if os.name == "nt" else "bin") / "python"
    own = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").stdout.strip())
    borrowed = dict.fromkeys(sysconfig.get_path(name) for name in ("purelib", "platlib"))
    (own / "borrowed.pth").write_text("\n".join(borrowed) + "\n", "utf-8")
    return python


def installed(python: Path, *what: str | Path) -> Path:
    """paramula installed into an environment (a wheel, an sdist or `-e`, tree); returns its command."""
    run(
        sys.executable, "-m", "pip", "--python", python, "--disable-pip-version-check", "install", "--quiet",
        "--no-index", "--no-deps", "--no-build-isolation", "--force-reinstall", "--no-cache-dir", *what,
    )  # fmt: skip
    return python.with_name("paramula")
