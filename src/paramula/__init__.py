"""paramula: how many parameters, and why. A symbolic formula engine for neural-network architectures."""

from .errors import NetError as NetError
from .network import Network as Network
from .network import load as load
from .network import network as net

__version__ = "0.1.0"
__all__ = ["NetError", "Network", "load", "net"]
