"""paramula: how many parameters, and why. A symbolic formula engine for neural-network architectures."""

from typing import Any

from .errors import NetError as NetError
from .network import Network as Network
from .network import ask as ask
from .network import load as load
from .network import network as net

__version__ = "0.1.0"
__all__ = ["NetError", "Network", "ask", "load", "net"]


def __dir__() -> list[str]:
    """What is public; modules, which are not, stay reachable."""
    return [*__all__, "__version__"]


def load_ipython_extension(shell: Any) -> None:
    """`%load_ext paramula`: the magics `%net` and `%%net`."""
    from .surfaces.notebook import load

    load(shell)


def unload_ipython_extension(shell: Any) -> None:
    """`%unload_ext paramula`."""
    from .surfaces.notebook import unload

    unload(shell)
