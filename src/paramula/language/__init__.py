"""Text to tree, and tree to text. Knows the grammar, and no layer."""
