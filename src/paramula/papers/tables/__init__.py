"""The tables of a paper: layers, stages, networks side by side, families, kinds of layers. Data; knows no format."""
