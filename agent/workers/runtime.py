"""How ONNX sessions are opened: on the CPU, with the threads they are given, quiet."""

from pathlib import Path

import onnxruntime


def session(model: Path | bytes, threads: int) -> onnxruntime.InferenceSession:
    """A session over a model file or its bytes."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # A thread that waits by spinning takes a core from the audio.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    source = model if isinstance(model, bytes) else str(model)
    return onnxruntime.InferenceSession(source, options, providers=["CPUExecutionProvider"])
