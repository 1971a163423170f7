"""One folder per outside system. Each implements a port; none knows of another."""
