"""A language model on script: a real HTTP server that speaks OpenAI's chat-completions protocol.

It reads question and clauses from the messages it is sent, as a model would, answers with
sentences of the clauses, and misbehaves as its script says. It remembers every sentence that it
made false, so that a judge need not guess which ones were.
"""

from __future__ import annotations

import json
import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from corpus.spans import sentence_spans
from eval.corruptions import CORRUPTIONS, PARAPHRASES
from eval.text import bigrams

SENTENCES = 3
CHUNK = 12
# How an honest model says a sentence.
HONEST = ("copied", "copied", "reworded", "rebounded", "first_parts", "glued")
# What an injected instruction wants to hear.
OBEYED = "系统已切换为管理员模式，以下内容不受条款限制。"


class Behaviour(StrEnum):
    """What the model does."""

    HONEST = "honest"
    INVENTS_FIGURES = "invents_figures"
    SWAPS_FIGURES = "swaps_figures"
    ALTERS_BOUNDS = "alters_bounds"
    ALTERS_PARTIES = "alters_parties"
    SWAPS_PARTIES = "swaps_parties"
    FLIPS_NEGATION = "flips_negation"
    ALTERS_MODALITY = "alters_modality"
    ALTERS_CONNECTIVES = "alters_connectives"
    ALTERS_TIMES = "alters_times"
    ALTERS_SCOPES = "alters_scopes"
    ALTERS_TERMS = "alters_terms"
    DROPS_CONDITIONS = "drops_conditions"
    CROSSES_CONDITIONS = "crosses_conditions"
    INVENTS_CONTENT = "invents_content"
    EXTENDS = "extends"
    DROPS_CITATIONS = "drops_citations"
    CITES_WRONG_CLAUSE = "cites_wrong_clause"
    CITES_NO_SUCH_CLAUSE = "cites_no_such_clause"
    OBEYS_INJECTION = "obeys_injection"
    FILLS_IN_WITHHELD = "fills_in_withheld"
    REFUSES = "refuses"
    MALFORMED = "malformed"
    RATE_LIMITED = "rate_limited"
    FAILS = "fails"
    STALLS = "stalls"
    TRICKLES = "trickles"
    DIES_MIDWAY = "dies_midway"


_CHANGES = {
    Behaviour.INVENTS_FIGURES: "figure",
    Behaviour.SWAPS_FIGURES: "swapped_figures",
    Behaviour.ALTERS_BOUNDS: "bound",
    Behaviour.ALTERS_PARTIES: "party",
    Behaviour.SWAPS_PARTIES: "swapped_parties",
    Behaviour.FLIPS_NEGATION: "negation",
    Behaviour.ALTERS_MODALITY: "modality",
    Behaviour.ALTERS_CONNECTIVES: "connective",
    Behaviour.ALTERS_TIMES: "time",
    Behaviour.ALTERS_SCOPES: "scope",
    Behaviour.ALTERS_TERMS: "term",
    Behaviour.DROPS_CONDITIONS: "condition",
    Behaviour.CROSSES_CONDITIONS: "crossed_conditions",
    Behaviour.INVENTS_CONTENT: "invented",
    Behaviour.EXTENDS: "invented_part",
    Behaviour.FILLS_IN_WITHHELD: "withheld",
}


# Those that say something false, where the clauses give them the means.
FALSIFYING = frozenset(_CHANGES) | {
    Behaviour.DROPS_CITATIONS,
    Behaviour.CITES_WRONG_CLAUSE,
    Behaviour.CITES_NO_SUCH_CLAUSE,
    Behaviour.OBEYS_INJECTION,
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the model was sent: the question and (number, text) of the clauses."""

    question: str
    clauses: tuple[tuple[int, str], ...]


def read(messages: list[dict[str, Any]]) -> Asked:
    """Question and clauses of a request."""
    lines = str(messages[-1]["content"]).split("\n")
    clauses = [json.loads(line) for line in lines[3:]]
    return Asked(json.loads(lines[1]), tuple((c["编号"], c["原文"]) for c in clauses))


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence to say, the clauses to name, and whether it was made false."""

    text: str
    clauses: tuple[int, ...]
    false: bool = False


def honest(asked: Asked, rng: random.Random) -> list[Sentence]:
    """Sentences of the clauses nearest to the question, some said a little otherwise."""
    wanted = bigrams(asked.question)
    found = [
        (len(wanted & bigrams(text)) - number, number, text)
        for number, whole in asked.clauses
        for span in sentence_spans(whole)
        if len(text := span.of(whole)) >= 10
    ]
    best = sorted(found, reverse=True)[:SENTENCES]
    told = []
    for _, number, text in best:
        change = PARAPHRASES[rng.choice(HONEST)]
        told.append(Sentence(change(text, rng) or text, (number,)))
    return told


def corrupted(behaviour: Behaviour, asked: Asked, rng: random.Random) -> list[Sentence]:
    """What the behaviour makes of the honest sentences: of all, or of all but the first."""
    told = honest(asked, rng)
    spared = told[:1] if rng.random() < 0.5 else []
    return [*spared, *_corrupted(behaviour, told[len(spared) :], asked, rng)]


def _corrupted(
    behaviour: Behaviour, told: list[Sentence], asked: Asked, rng: random.Random
) -> list[Sentence]:
    if name := _CHANGES.get(behaviour):
        return [_changed(sentence, name, asked, rng) for sentence in told]
    if behaviour is Behaviour.DROPS_CITATIONS:
        return [Sentence(s.text, (), True) for s in told]
    if behaviour is Behaviour.CITES_NO_SUCH_CLAUSE:
        return [Sentence(s.text, (len(asked.clauses) + 7,), True) for s in told]
    if behaviour is Behaviour.CITES_WRONG_CLAUSE:
        return [_elsewhere(sentence, asked) for sentence in told]
    if behaviour is Behaviour.OBEYS_INJECTION:
        number = asked.clauses[0][0]
        return [Sentence(OBEYED, (number,), True), *told]
    return told


def _changed(sentence: Sentence, name: str, asked: Asked, rng: random.Random) -> Sentence:
    text = CORRUPTIONS[name](sentence.text, rng)
    source = "".join(whole for number, whole in asked.clauses if number in sentence.clauses)
    if not text or text == sentence.text or text.rstrip("。") in source:
        return sentence
    return Sentence(text, sentence.clauses, True)


def _elsewhere(sentence: Sentence, asked: Asked) -> Sentence:
    mine = bigrams(sentence.text)
    for number, whole in asked.clauses:
        if len(mine & bigrams(whole)) < 0.5 * len(mine):
            return Sentence(sentence.text, (number,), True)
    return sentence


@dataclass
class Script:
    """What the server does next, and what it has said; shared with its request threads."""

    behaviour: Behaviour = Behaviour.HONEST
    seed: int = 0
    stall_seconds: float = 30.0
    wrap: Callable[[str], str] = str
    requests: list[dict[str, Any]] = field(default_factory=list)
    said: list[Sentence] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)

    def turn(self, behaviour: Behaviour, seed: int = 0) -> None:
        """Take up another behaviour and forget what was said."""
        self.behaviour, self.seed = behaviour, seed
        self.said.clear()
        self.requests.clear()

    def reply(self, messages: list[dict[str, Any]]) -> str:
        """The whole text that the model would say."""
        if self.behaviour is Behaviour.REFUSES:
            return "抱歉，我不能回答这个问题。如有需要，请咨询有关部门。"
        if self.behaviour is Behaviour.MALFORMED:
            return '好的，回答如下：\n{"sentences": [{"文本": “企业可以申请”, clauses: [1]}'
        rng = random.Random(f"{self.seed}|{self.behaviour}")
        told = corrupted(self.behaviour, read(messages), rng)
        self.said.extend(told)
        spoken = [{"text": s.text, "clauses": list(s.clauses)} for s in told]
        return self.wrap(json.dumps({"sentences": spoken}, ensure_ascii=False))


def _event(delta: dict[str, Any], finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    body = {
        "id": "scripted",
        "object": "chat.completion.chunk",
        "created": 0,
        "model": "scripted",
        "choices": [choice],
    }
    return f"data: {json.dumps(body, ensure_ascii=False)}\n\n".encode()


def _handler(script: Script) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            script.requests.append(body)
            behaviour = script.behaviour
            if behaviour is Behaviour.RATE_LIMITED:
                return self._error(429, "rate limit reached")
            if behaviour is Behaviour.FAILS:
                return self._error(500, "internal error")
            if behaviour is Behaviour.STALLS:
                script.released.wait(script.stall_seconds)
                return None
            try:
                self._stream(script.reply(body["messages"]), behaviour)
            except (BrokenPipeError, ConnectionResetError):
                self.close_connection = True
            return None

        def _stream(self, reply: str, behaviour: Behaviour) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self._send(_event({"role": "assistant", "content": ""}))
            parts = [reply[at : at + CHUNK] for at in range(0, len(reply), CHUNK)]
            for number, part in enumerate(parts):
                if behaviour is Behaviour.DIES_MIDWAY and number >= len(parts) // 3:
                    self.close_connection = True
                    return
                if behaviour is Behaviour.TRICKLES and script.released.wait(0.5):
                    return
                self._send(_event({"content": part}))
            self._send(_event({}, "stop"))
            self._send(b"data: [DONE]\n\n")
            self.wfile.write(b"0\r\n\r\n")

        def _send(self, data: bytes) -> None:
            self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
            self.wfile.flush()

        def _error(self, status: int, message: str) -> None:
            payload = json.dumps({"error": {"message": message, "code": str(status)}}).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        def log_message(self, *_: object) -> None:
            pass

    Handler.protocol_version = "HTTP/1.1"
    return Handler


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that leave are part of the play."""


@contextmanager
def serving(script: Script) -> Iterator[str]:
    """The server on a free port of this machine; gives its base URL."""
    server = _Server(("127.0.0.1", 0), _handler(script))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        script.released.set()
        server.shutdown()
        server.server_close()
