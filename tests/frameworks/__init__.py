"""Networks and layers built anew in PyTorch and Keras, and what the frameworks count for them. Knows no paramula."""

import os

os.environ.setdefault("KERAS_BACKEND", "torch")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
