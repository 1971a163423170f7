"""Serves Whisper: two recognitions at a time, one of the places kept free for finals."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np

from agent.wire.messages import Kind, Message, Scalar
from agent.workers.features import RATE_HZ, Floats, samples_from_pcm
from agent.workers.options import Options
from agent.workers.server import BadRequest, Send
from agent.workers.turnstile import Turnstile
from agent.workers.whisper import LANGUAGES, NOTHING, Heard, Whisper

PARALLEL = 2
MAX_HINT_LETTERS = 1000


@dataclass(frozen=True, slots=True)
class Job:
    """One stretch of speech to recognise, and where its text is awaited."""

    samples: Floats
    hints: str
    language: str
    is_whole_window: bool
    done: asyncio.Future[Heard]


class RecognitionService:
    """Queues requests by urgency and recognises them in threads."""

    def __init__(self, whisper: Whisper) -> None:
        self._whisper = whisper
        self._turnstile: Turnstile[Job] = Turnstile()
        self._threads = ThreadPoolExecutor(PARALLEL)
        self._running = 0

    def answer(self, _peer: int, _request: Message) -> Message | None:
        return None

    def forget(self, _peer: int) -> None:
        """Nothing is kept of a client; its requests have been cancelled."""

    async def work(self, peer: int, request: Message, send: Send) -> None:
        if request.kind is not Kind.TRANSCRIBE:
            raise BadRequest(f"this worker does not serve {request.kind}")
        done: asyncio.Future[Heard] = asyncio.get_running_loop().create_future()
        language = request.text("language", "en")
        if language and language not in LANGUAGES:
            raise BadRequest("a language is one of " + ", ".join(LANGUAGES))
        job = Job(
            samples_from_pcm(request.payload),
            request.text("hints")[:MAX_HINT_LETTERS],
            language,
            request.flag("whole_window"),
            done,
        )
        stream = f"{peer} {request.text('stream')}" if request.text("stream") else ""
        replaced = self._turnstile.put(job, stream, request.flag("final", True))
        if replaced is not None and not replaced.done.done():
            replaced.done.set_result(NOTHING)
        self._admit()
        heard = await done
        send(Message(Kind.RESULT, request.id, _fields(heard)))

    def _admit(self) -> None:
        """Start what there is room for. The last free place takes only finals."""
        while self._running < PARALLEL:
            job = self._turnstile.take(finals_only=self._running == PARALLEL - 1)
            if job is None:
                return
            if not job.done.done():
                self._running += 1
                task = asyncio.get_running_loop().run_in_executor(
                    self._threads,
                    self._whisper.transcribe,
                    job.samples,
                    job.hints,
                    job.language,
                    job.is_whole_window,
                )
                task.add_done_callback(partial(self._finished, job))

    def _finished(self, job: Job, finished: asyncio.Future[Heard]) -> None:
        self._running -= 1
        error = finished.exception()
        if not job.done.done():
            if error is None:
                job.done.set_result(finished.result())
            else:
                job.done.set_exception(error)
        self._admit()


def _fields(heard: Heard) -> dict[str, Scalar]:
    return {
        "text": heard.text,
        "no_speech_prob": heard.no_speech_prob,
        "avg_logprob": heard.avg_logprob,
        "language": heard.language,
        "language_prob": heard.language_prob,
    }


def load(options: Options) -> RecognitionService:
    """The model, run once so that the first caller does not pay for it."""
    whisper = Whisper(options.models[0], options, PARALLEL)
    noise = np.random.default_rng(0).normal(0.0, 0.05, RATE_HZ * 2).astype(np.float32)
    whisper.transcribe(noise, "warm")
    return RecognitionService(whisper)
