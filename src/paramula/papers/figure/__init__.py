"""From a network to a drawing: boxes, arrows and words at places. Knows no format."""

from __future__ import annotations

from .page import drawing as drawing
