"""Networks of the library built anew in PyTorch and Keras, and what the frameworks count for them. Knows no paramula."""
