"""The answer to a question with others before it.

What the question asks of the last answer itself is answered from there. Anything else is taken
through the steps in each way that it may be meant (`readings`); the likeliest of the answers is
given (`assistant/continuity.py`), or none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from assistant import answerability, continuity, conversation, decompose
from assistant.answer import Status, Turn
from assistant.conversation import Act, Kind, Past, Reading
from assistant.normalise import is_english, normalise
from corpus.document import Clause, Role

if TYPE_CHECKING:
    from assistant.pipeline import Assistant, Context
    from corpus.library import Library

# Words that say where to look, not for what.
_PLACES = frozenset("层面 国务院 中央 法规 里面 方面 部委 州 上面".split())

# How many clauses before and after those quoted the next question may well be about.
_NEAR = 2

Ask = Callable[[Reading], "Context"]


def answered(assistant: Assistant, question: str, history: Sequence[Turn], ask: Ask) -> Context:
    """The question, read in the way that its answers speak for; `ask` takes a reading."""
    text, past = heard(assistant, question, history)
    for reading in directed(assistant, text, past):
        context = ask(reading)
        if answers(context) or (reading.act and reading.last.clauses):
            return context
    meant = readings(assistant, text, past)
    contexts = [ask(meant[0])]
    if is_settled(contexts[0]):
        return contexts[0]
    if len(meant) == 1:
        return contexts[0] if is_supported(contexts[0]) else assistant.refuse(contexts[0])
    contexts += map(ask, meant[1:])
    rows = continuity.features(assistant, text, past, contexts)
    chances = map(continuity.probability, rows)
    stated = [pair for pair in zip(chances, contexts, strict=True) if pair[1].claims]
    if not stated:
        return contexts[0]
    chance, context = max(stated, key=lambda pair: pair[0])
    if chance < continuity.model().threshold:
        return assistant.refuse(context)
    # Where the question as typed is answered in the same words, nothing need be read into it.
    return contexts[0] if contexts[0].claims == context.claims else context


def answers(context: Context) -> bool:
    """Whether a reading led to an answer that its evidence supports."""
    if context.status is None or context.status.is_refusal:
        return False
    judged, model = context.judgement, continuity.model()
    elsewhere = context.reading is not None and context.reading.elsewhere
    least = model.elsewhere_threshold if elsewhere else model.directed_threshold
    return judged is None or judged.probability >= least


def is_supported(context: Context) -> bool:
    """Whether the evidence would answer the question had nothing been asked before."""
    if context.status is None or context.status.is_refusal:
        return True
    return continuity.chance(context) >= answerability.model().answer_threshold


def is_settled(context: Context) -> bool:
    """Whether the question as it stands needs no other reading."""
    if context.status is Status.BLOCKED or "look_up" in context.notes:
        return True
    # A task for somebody else, a clause that does not exist: ended before anything was judged.
    ended = context.status is not None and context.status.is_refusal
    return ended and not context.ranked and context.status is not Status.CLARIFY


def heard(assistant: Assistant, question: str, history: Sequence[Turn]) -> tuple[str, list[Past]]:
    """The question without misspelling and preamble, and the turns before it."""
    content_words = assistant.index.tokenizer.content_words
    turns = [Turn(normalise(turn.question), turn.answer) for turn in history]
    past = conversation.past_turns(turns, assistant.library.clauses, content_words)
    text = normalise(question)
    return text if is_english(text) else assistant.speller.correct(text), past


def readings(assistant: Assistant, text: str, past: Sequence[Past]) -> list[Reading]:
    """The question by itself, on the topic of the conversation, and where the last answer was."""
    bare = conversation.opened(text)
    content_words = assistant.index.tokenizer.content_words
    if conversation.changes_topic(text) or conversation.stands_alone(bare, content_words):
        return [Reading(bare, bare, ())]
    turns, clauses = tuple(past), assistant.library.clauses
    last = Reading(bare, bare, turns).last
    quoted = [clauses[name] for name in last.clauses]
    names = [assistant.library.document_of(clause).name for clause in quoted]
    known = " ".join([*names, *(" ".join(c.heading_path) for c in quoted)])
    texts = {Kind.CONTINUED: conversation.continued(bare, past, content_words, known)}
    texts[Kind.TOPICAL] = conversation.topical(bare, past, content_words, known)
    asked = conversation.shown(bare, past, texts[Kind.CONTINUED])
    found = {bare: Reading(bare, bare, ())}
    for kind, read in texts.items():
        said = conversation.shown(bare, past, read)
        found.setdefault(read, Reading(read, bare, turns, shown=said, kind=kind, asked=asked))
    documents = frozenset(clause.document_id for clause in quoted)
    if not documents:
        return [*found.values()]
    near = around(assistant.library, quoted)
    return [
        *found.values(),
        Reading(bare, bare, turns, documents, kind=Kind.WITHIN, asked=asked),
        Reading(bare, bare, turns, kind=Kind.NEAR, clauses=near, asked=asked),
    ]


def around(library: Library, quoted: Sequence[Clause]) -> frozenset[str]:
    """The clauses quoted, and those that stand next to them."""
    found: set[str] = set()
    for clause in quoted:
        bodies = [c for c in library.document_of(clause).clauses if c.role is Role.BODY]
        at = bodies.index(clause) if clause in bodies else None
        near = [clause] if at is None else bodies[max(0, at - _NEAR) : at + _NEAR + 1]
        found |= {c.id for c in near}
    return frozenset(found)


def directed(assistant: Assistant, text: str, past: Sequence[Past]) -> list[Reading]:
    """Readings of a question that points at the last answer, the surest first."""
    bare = conversation.opened(text)
    turns = tuple(past)
    last = Reading(bare, bare, turns).last
    if act := conversation.act_of(bare):
        return [Reading(bare, bare, turns, act=act)] if last.clauses else []
    documents = assistant.library.by_id
    clauses = assistant.library.clauses
    content_words = assistant.index.tokenizer.content_words
    if thing := conversation.nth(bare, last.statements):
        rest = conversation.without_number(bare)
        whole = thing in last.statements
        if whole and (conversation.act_of(rest) or not content_words(rest)):
            found = conversation.recalled([thing], clauses)
            only = Past(last.question, (thing,), found, last.topic)
            return [Reading(bare, bare, (*turns, only), act=Act.MORE)]
        within = frozenset(clauses[name].document_id for name in last.clauses)
        asked = f"{thing} {rest}"
        return [Reading(asked, asked, turns, within)] if within else []
    if last.clauses:
        name = documents[clauses[last.clauses[0]].document_id].name
        named = conversation.that_document(bare, name)
        if named != bare:
            return [Reading(named, named, ())]
    return _of_source(assistant, bare, turns)


def _of_source(assistant: Assistant, text: str, turns: tuple[Past, ...]) -> list[Reading]:
    """The last question asked of another source (法律怎么说？方案里呢？)."""
    documents, laws = assistant.library.documents, assistant.law_names
    sources = decompose.sources_of(text, documents, laws)
    words = set(assistant.index.tokenizer.content_words(text)) - decompose.SOURCE_WORDS - _PLACES
    if not sources or any(not any(word in d.name for d in documents) for word in words):
        return []
    names = [name for d in documents for name in (d.name, d.title) if len(name) > 2]
    asked = conversation.of_source(text, conversation.answered(turns)[-1].question, names)
    return [
        Reading(asked, asked, turns, source, elsewhere=True) for source in sources[:1] if source
    ]
