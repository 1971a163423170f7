"""What a worker is told on its command line."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Options:
    """``models`` are the folders of the model files; ``threads`` are those of one inference; ``device``: cpu, cuda."""

    models: tuple[Path, ...]
    threads: int = 1
    language: str = "en"
    device: str = "cpu"
