"""Model processes, one per kind: they listen on a unix socket, compute, and know nothing of calls or networks."""

import os

# Before numpy is first imported: its threads wait by spinning, and a spectrogram is too small to share: 8 s of audio
# took three times the CPU on two threads that it takes on one.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
