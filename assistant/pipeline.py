"""From a question to a cited answer: the steps, top to bottom.

Each step reads and extends one `Context` and may end the run by setting `status`; what it
decided and how long it took stays in the context. `STEPS` give an answer made of quotes; where
the settings want a language model, `generate` then lets it say the same in its own words.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import zip_longest

from assistant import (
    answerability,
    compose,
    continuity,
    decompose,
    dialogue,
    evidence,
    follow_ups,
    generation,
    guard,
    lookup,
    phrases,
    prompts,
    recall,
    rerank,
    sanctions,
    structure,
    translation,
)
from assistant import verify as verification
from assistant.answer import Answer, Citation, Claim, Mode, Retrieved, Status, Turn
from assistant.compose import Draft
from assistant.conversation import Reading
from assistant.evidence import Evidence, Terms
from assistant.faithfulness import Check, SentenceCheck
from assistant.naming import named_documents
from assistant.normalise import is_english, normalise
from assistant.question import TYPE_WORDS, Asked, Question, QuestionKind, understand
from assistant.translation import Translator
from corpus import statutes
from corpus.document import Clause, Document, Role
from corpus.library import Library
from corpus.links import Links
from corpus.settings import Settings
from index import dictionary
from index.build import Index, open_index
from index.glossary import Glossary, definitions
from index.occurrence import CorpusText
from index.retriever import ClauseRetriever, Hit
from index.spelling import Speller

log = logging.getLogger(__name__)
KEPT = 10
# The documents of so many best sentences of a whole question are likelier those of its parts,
# by so much (in log-odds).
HOME, SAME_HOME = 3, 1.0
# A part whose evidence is likelier than this to answer is stated.
PART_THRESHOLD = 0.3
# A single answered part is not stated where the question as a whole is surely not answered.
SPARE_THRESHOLD = 0.05
# Chinese words searched for one English word.
KEYWORDS_EACH = 4
AUDIENCES = ("enterprise", "school")


@dataclass
class Context:
    """One question on its way through the steps."""

    raw: str
    audience: str | None
    reading: Reading | None = None
    text: str = ""
    question: Question | None = None
    terms: Terms | None = None
    hits: tuple[Hit, ...] = ()
    candidates: tuple[Hit, ...] = ()
    background: tuple[float, ...] = ()
    ranked: list[Evidence] = field(default_factory=list)
    chosen: list[Evidence] = field(default_factory=list)
    judgement: answerability.Judgement | None = None
    parts: list[Context] = field(default_factory=list)
    spare: list[Context] = field(default_factory=list)
    drafts: list[Draft] = field(default_factory=list)
    claims: tuple[Claim, ...] = ()
    citations: tuple[Citation, ...] = ()
    status: Status | None = None
    message: str = ""
    follow_ups: tuple[str, ...] = ()
    mode: Mode = Mode.EXTRACTIVE
    dropped: dict[str, int] = field(default_factory=dict)
    timings_ms: dict[str, float] = field(default_factory=dict)
    notes: dict[str, str] = field(default_factory=dict)

    @property
    def asked(self) -> Question:
        """The question, once understood."""
        assert self.question is not None
        return self.question

    @property
    def understood(self) -> str:
        """The question as it is understood, to be shown."""
        return (self.reading.shown if self.reading else "") or self.text

    @property
    def meant(self) -> str:
        """The question as its meaning is encoded; `text` are the words to search for."""
        return (self.reading.asked if self.reading else "") or self.text

    @property
    def going_on(self) -> Reading | None:
        """The reading, where it goes on with the conversation."""
        return self.reading if self.reading and self.reading.past else None

    @property
    def english(self) -> bool:
        """Whether to answer in an English frame."""
        return self.question.english if self.question else is_english(self.raw)

    def end(self, status: Status, phrase: tuple[str, str], **values: object) -> None:
        """Stop here with a status and what to tell the user."""
        self.status = status
        self.message = phrases.say(phrase, self.english).format(**values)


Step = Callable[["Assistant", Context], None]


@dataclass(frozen=True)
class Assistant:
    """Answers questions from one open index; thread-safe."""

    settings: Settings
    index: Index

    @classmethod
    def open(cls, settings: Settings) -> Assistant:
        """Open the index that serves.

        Raises index.build.IndexDamaged where there is none that can be trusted.
        """
        return cls(settings, open_index(settings))

    @cached_property
    def retriever(self) -> ClauseRetriever:
        """The retriever over the index."""
        return ClauseRetriever.over(self.index, self.settings)

    @cached_property
    def glossary(self) -> Glossary:
        """Reads English words as the corpus' own; made by the first English question."""
        return Glossary((w for w, _ in self.index.keywords.vocabulary()), definitions())

    @cached_property
    def translator(self) -> Translator:
        """Tells how well clauses explain the words of a question."""
        return Translator(self.index.words, translation.model(), self.index.tokenizer.parts)

    @cached_property
    def writer(self) -> generation.Writer | None:
        """The language model that words the answers; None where answers are quotes."""
        return generation.Writer.of(self.settings)

    @cached_property
    def check(self) -> Check:
        """Whether a sentence of the language model is proved by the clauses that it cites."""
        return SentenceCheck(self.index)

    @property
    def library(self) -> Library:
        """The documents and clauses."""
        return self.index.library

    @cached_property
    def law_names(self) -> tuple[str, ...]:
        """Laws that exist, held or not: a question may name one that is not on file."""
        return statutes.names_in_force()

    @cached_property
    def links(self) -> Links:
        """Which provisions stand behind which clauses."""
        return Links.load()

    @cached_property
    def duties(self) -> Mapping[str, str]:
        """What the clauses on liability punish, by clause."""
        return sanctions.duties(self.library.documents)

    @cached_property
    def corpus_text(self) -> CorpusText:
        """All text, misprints put right: to know which words the corpus knows at all."""
        parts = []
        for document in self.library.documents:
            text = f"{document.title} {document.short_title} {document.number}\n{document.text}"
            for printed, meant in document.errata:
                text = text.replace(printed, meant)
            parts.append(text)
        return CorpusText("\n".join(parts))

    @cached_property
    def speller(self) -> Speller:
        """Puts homophone errors right with the corpus' own words."""
        keywords = self.index.keywords
        return Speller(
            keywords.vocabulary(), keywords.tokenizer.words, lambda text: text in self.corpus_text
        )

    def warm_up(self) -> None:
        """Load the model and everything that is made on first use."""
        dictionary.tags()
        self.speller.correct("产教融合")
        _ = self.duties, self.corpus_text
        named_documents("产教融合", self.library.documents, self.law_names)
        self.retriever.search("产教融合")
        self.glossary.translate("plan")
        self.translator.reader(("产教融合",))

    def ask(
        self,
        question: str,
        audience: str | None = None,
        history: Sequence[Turn] = (),
        *,
        id: str | None = None,
    ) -> Answer:
        """Answer one question, with the conversation so far."""
        *_, answer = self.stream(question, audience, history, id=id)
        return answer

    def stream(
        self,
        question: str,
        audience: str | None = None,
        history: Sequence[Turn] = (),
        *,
        id: str | None = None,
    ) -> Generator[Answer, None, None]:
        """The answer as far as it is verified, again with each sentence; the last one is whole.

        Claims and citations only ever grow. Without a language model there is one answer.
        """
        started = time.perf_counter()
        audience = audience if audience in AUDIENCES else None

        def ask(reading: Reading | None = None) -> Context:
            return self.run(Context(question, audience, reading))

        context = dialogue.answered(self, question, history, ask) if history else ask()
        at = time.perf_counter()
        for _ in generate(self, context):
            context.timings_ms["generate"] = round((time.perf_counter() - at) * 1000, 2)
            context.timings_ms["total"] = round((time.perf_counter() - started) * 1000, 2)
            yield self.answer_of(context, id)
        if context.mode is not Mode.EXTRACTIVE:
            context.timings_ms["generate"] = round((time.perf_counter() - at) * 1000, 2)
        context.timings_ms["total"] = round((time.perf_counter() - started) * 1000, 2)
        yield self.answer_of(context, id)

    def run(self, context: Context) -> Context:
        """Take a question through the steps."""
        for name, step in STEPS:
            if context.status is not None and name not in ALWAYS:
                continue
            at = time.perf_counter()
            step(self, context)
            context.timings_ms[name] = round((time.perf_counter() - at) * 1000, 2)
        return context

    def judged(self, context: Context, asked: Context) -> answerability.Judgement:
        """Whether the evidence of one reading answers the question as another reads it."""
        return _judged(self, replace(context, question=asked.question, terms=asked.terms))

    def refuse(self, context: Context) -> Context:
        """Take back what a reading of a follow-up would state."""
        context.drafts, context.claims, context.citations = [], (), ()
        context.mode, context.status = Mode.EXTRACTIVE, None
        refuse(context)
        finish(self, context)
        return context

    def answer_of(self, context: Context, id: str | None = None) -> Answer:
        """What a question that was taken through the steps came to."""
        assert context.status is not None
        return Answer(
            id=id,
            question=context.raw,
            audience=context.audience,
            status=context.status,
            answer=context.message,
            claims=context.claims,
            citations=context.citations,
            retrieved=tuple(self._retrieved(hit) for hit in context.hits),
            follow_ups=context.follow_ups,
            mode=context.mode,
            dropped=context.dropped,
            understood=context.understood,
            confidence=_confidence(context),
            timings_ms=context.timings_ms,
        )

    def _retrieved(self, hit: Hit) -> Retrieved:
        clause = self.library.clauses[hit.clause_id]
        document = self.library.by_id[clause.document_id]
        return Retrieved(document.title, clause.label, clause.id, round(hit.score, 6))


def _confidence(context: Context) -> float:
    """Probability that the question is answered; look-ups are sure, refusals by rule too."""
    if context.judgement is not None:
        return context.judgement.probability
    return 0.0 if context.status is None or context.status.is_refusal else 1.0


def check(assistant: Assistant, context: Context) -> None:
    """Refuse what is empty, too long, or an attempt to change the rules."""
    limit = assistant.settings.max_question_chars
    context.text = normalise(context.raw)
    if not context.text.strip("？?。.！! "):
        context.end(Status.CLARIFY, phrases.EMPTY)
    elif len(context.text) > limit:
        context.end(Status.BLOCKED, phrases.TOO_LONG, limit=limit)
    elif guard.is_injection(context.text) or guard.is_unsafe(context.text):
        context.end(Status.BLOCKED, phrases.BLOCKED)
    elif guard.is_task(context.text):
        context.end(Status.OUT_OF_SCOPE, phrases.OUT_OF_SCOPE)


def resolve(assistant: Assistant, context: Context) -> None:
    """Take the question as it is read, and put misspelt words right."""
    if context.reading:
        context.text = context.reading.text
    if not is_english(context.text):
        context.text = assistant.speller.correct(context.text)


def read(assistant: Assistant, context: Context) -> None:
    """Understand what is asked."""
    documents = assistant.library.documents
    context.question = understand(
        context.raw, context.text, documents, context.audience, assistant.law_names
    )
    keywords = assistant.index.keywords
    if context.asked.english:
        near = assistant.glossary.translate(context.text)
        context.terms = evidence.english_terms(near, keywords)
    else:
        context.terms = evidence.terms_of(context.asked, keywords, assistant.index.lexicon)
    if reading := context.going_on:
        context.terms = continuity.weighed(context.terms, reading.own)


def look_up(assistant: Assistant, context: Context) -> None:
    """Clauses named by number, and questions about a document's build, need no search."""
    question, documents = context.asked, assistant.library.documents
    assert context.terms is not None
    elsewhere = answerability.missing_places(list(context.terms.words), assistant.corpus_text)
    if question.references and (elsewhere or (question.absent and not question.documents)):
        context.end(Status.NOT_FOUND, phrases.NOT_FOUND)
        return
    if context.reading and context.reading.act:
        context.drafts, clauses = recall.drafts(
            question, context.reading, assistant.library, assistant.links
        )
        if not context.drafts:
            context.end(Status.NOT_FOUND, phrases.NOTHING_MORE)
        context.hits = tuple(_named_hit(clause) for clause in clauses[:KEPT])
        context.notes["look_up"] = "said"
    elif outline := structure.outline_of(question, documents):
        context.drafts = structure.drafts(question, outline)
        shown = [outline.children[-1], *([outline.parent] if outline.parent else [])]
        context.hits = tuple(_named_hit(c) for c in (*shown, *outline.children[:-1])[:KEPT])
        context.notes["look_up"] = "structure"
    elif found := lookup.find(question, documents):
        if not found.clauses:
            label = "、".join(found.missing)
            context.end(Status.NOT_FOUND, phrases.NO_SUCH_CLAUSE, label=label)
        elif question.kind is QuestionKind.LOOKUP and not _asks_detail(assistant, context, found):
            context.drafts = lookup.drafts(question, found, assistant.library.by_id)
            context.notes["look_up"] = "clause"
        context.hits = tuple(_named_hit(clause) for clause in found.clauses[:10])


def _asks_detail(assistant: Assistant, context: Context, found: lookup.Found) -> bool:
    """Whether the question asks for one fact of the clause it names, not for the clause."""
    return bool(context.asked.asked) and len(found.clauses) == 1


def _named_hit(clause: Clause) -> Hit:
    return Hit(clause.id, 1.0, None, None, None, None, None, None)


def retrieve(assistant: Assistant, context: Context) -> None:
    """Find clauses; those that the question names come first."""
    assert context.terms is not None
    near = context.terms.near.values() if context.asked.english else ()
    keywords = " ".join(word for others in near for word in list(others)[:KEYWORDS_EACH])
    keywords = keywords or context.text
    found = assistant.retriever.search(context.meant, keywords)
    everything = (*found.accepted, *found.rejected)
    context.background = tuple(
        hit.sentence_score for hit in everything if hit.sentence_score is not None
    )
    if reading := context.going_on:
        clauses = assistant.library.clauses
        known = {hit.clause_id for hit in everything}
        unfound = [name for name in continuity.wanted(reading, clauses) if name not in known]
        more = assistant.retriever.weigh(context.meant, keywords, unfound) if unfound else []
        everything = continuity.within(reading, (*everything, *more), clauses)
    context.candidates = everything[: rerank.DEPTH]


def reorder(assistant: Assistant, context: Context) -> None:
    """Order the clauses by what is asked; keep the best ten."""
    library = assistant.library
    assert context.terms is not None
    ordered = rerank.rerank(
        context.asked,
        context.terms,
        context.candidates,
        library.clauses,
        library.by_id,
        assistant.links.targets,
        assistant.duties,
        assistant.translator,
    )
    by_id = {hit.clause_id: hit for hit in ordered}
    named = [by_id.get(hit.clause_id, hit) for hit in context.hits]
    names = {hit.clause_id for hit in named}
    context.hits = (*named, *(hit for hit in ordered if hit.clause_id not in names))[:KEPT]


def select(assistant: Assistant, context: Context) -> None:
    """Rank the sentences of the best clauses; choose those to state."""
    if context.drafts:
        return
    hits = context.hits[: evidence.CLAUSES_READ]
    clauses = [assistant.library.clauses[hit.clause_id] for hit in hits]
    documents = [assistant.library.document_of(clause) for clause in clauses]
    assert context.terms is not None
    context.ranked = evidence.candidates(
        context.asked,
        context.terms,
        hits,
        clauses,
        documents,
        assistant.retriever.sentence_similarities(context.meant, clauses),
        assistant.duties,
        assistant.translator,
    )
    context.chosen = compose.select(
        context.asked, context.terms, context.ranked, assistant.library.by_id
    )


def split(assistant: Assistant, context: Context) -> None:
    """Answer each part of a question of several parts by itself."""
    if context.drafts or context.asked.english or context.going_on:
        return
    found = decompose.parts(
        context.text,
        assistant.library.documents,
        assistant.law_names,
        lambda text: evidence.word_weights(text, assistant.index.keywords),
    )
    home = {e.clause.document_id for e in context.ranked[:HOME]}
    for part in found:
        own = Context(part.text, context.audience, text=part.text)
        read(assistant, own)
        retrieve(assistant, own)
        if part.documents is not None:
            documents = {hit.clause_id: _document(assistant, hit) for hit in own.candidates}
            own.candidates = tuple(
                hit for hit in own.candidates if documents[hit.clause_id] in part.documents
            )
        reorder(assistant, own)
        own.hits = _keeping_to(assistant, home, own.hits)
        select(assistant, own)
        own.judgement = _judged(assistant, own) if own.ranked else None
        if own.judgement and own.judgement.probability >= PART_THRESHOLD:
            context.parts.append(own)
    if len(context.parts) < 2:
        context.spare, context.parts = context.parts, []
    # The first clauses of every part come before the second ones.
    ranks = zip_longest(*(own.hits for own in context.parts))
    hits = [hit for rank in ranks for hit in rank if hit is not None]
    by_id = {hit.clause_id: hit for hit in (*reversed(context.hits), *reversed(hits))}
    names = dict.fromkeys(hit.clause_id for hit in (*hits[: 2 * len(context.parts)], *context.hits))
    context.hits = tuple(by_id[name] for name in names)[:KEPT]


def _keeping_to(assistant: Assistant, documents: Set[str], hits: Sequence[Hit]) -> tuple[Hit, ...]:
    """The hits of a part of a question; the documents of the whole are likelier meant."""
    raised = (
        replace(hit, score=hit.score + SAME_HOME * (_document(assistant, hit) in documents))
        for hit in hits
    )
    return tuple(sorted(raised, key=lambda hit: -hit.score))


def _document(assistant: Assistant, hit: Hit) -> str:
    return assistant.library.clauses[hit.clause_id].document_id


def judge(assistant: Assistant, context: Context) -> None:
    """Refuse where the evidence does not answer; ask back where nothing is asked."""
    if context.drafts or context.parts:
        return
    assert context.terms is not None
    if not set(context.terms.words) - TYPE_WORDS and not context.asked.english:
        _clarify(assistant, context)
        return
    context.judgement = _judged(assistant, context)
    if context.reading:
        # Whether a follow-up is refused is decided over all its readings.
        return
    model = answerability.model()
    if context.judgement.probability >= model.answer_threshold:
        return
    judgements = [part.judgement for part in context.spare if part.judgement]
    answered = any(judged.probability >= model.answer_threshold for judged in judgements)
    if answered and context.judgement.probability >= SPARE_THRESHOLD:
        # One part of the question is answered, the others are not.
        context.parts = context.spare
        return
    refuse(context)


def refuse(context: Context) -> None:
    """Say that the evidence does not answer, and why as far as it can be told."""
    judged = context.judgement
    if context.asked.asked & {Asked.PHONE, Asked.ADDRESS, Asked.PERSON, Asked.LINK}:
        context.end(Status.NOT_FOUND, phrases.PERSONAL)
    elif judged and judged.in_domain < answerability.model().domain_threshold:
        context.end(Status.OUT_OF_SCOPE, phrases.OUT_OF_SCOPE)
    else:
        context.end(Status.NOT_FOUND, phrases.NOT_FOUND)


def _judged(assistant: Assistant, context: Context) -> answerability.Judgement:
    assert context.terms is not None
    values = answerability.features(
        context.asked,
        context.terms,
        context.hits,
        context.ranked,
        context.chosen,
        assistant.library.by_id,
        assistant.index.keywords,
        assistant.corpus_text,
        context.background,
        assistant.translator,
    )
    return answerability.judge(values, answerability.worded(context.asked, context.ranked))


def _nearest(assistant: Assistant, context: Context, limit: int = 3) -> list[Clause]:
    clauses = (assistant.library.clauses[hit.clause_id] for hit in context.hits)
    return [clause for clause in clauses if clause.role is Role.BODY][:limit]


def _asks(
    clauses: Sequence[Clause], documents: dict[str, Document], english: bool
) -> tuple[str, ...]:
    asks = (follow_ups.ask_about(c, documents[c.document_id], english) for c in clauses)
    return tuple(ask for ask in asks if ask)


def _clarify(assistant: Assistant, context: Context) -> None:
    context.end(Status.CLARIFY, phrases.CLARIFY)
    documents = assistant.library.by_id
    context.follow_ups = _asks(_nearest(assistant, context), documents, context.english)
    context.message += "\n" + "\n".join(f"- {ask}" for ask in context.follow_ups)


def write(assistant: Assistant, context: Context) -> None:
    """Compose the answer from the evidence, part by part."""
    if context.drafts:
        return
    for own in context.parts or [context]:
        assert own.terms is not None
        drafts = compose.compose(
            own.asked,
            own.terms,
            own.chosen,
            assistant.library.by_id,
            assistant.library.clauses,
            assistant.links,
        )
        stated = compose.stated(context.drafts)
        context.drafts += [draft for draft in drafts if not stated & set(draft.quotes)]


def verify(assistant: Assistant, context: Context) -> None:
    """Drop every claim that its quotes do not prove."""
    documents = assistant.library.by_id
    checked = verification.verify(context.drafts, assistant.library.clauses, documents)
    for draft, reason in checked.dropped:
        log.warning("claim dropped (%s): %s", reason, draft.text)
    context.claims, context.citations = checked.claims, checked.citations
    if not context.claims:
        context.end(Status.NOT_FOUND, phrases.NOT_FOUND)
        return
    withheld = phrases.say(phrases.WITHHELD, context.english)
    cited = {citation.clause_id for citation in context.citations}
    partial = (
        checked.dropped
        or context.claims[0].text.startswith(withheld)
        or not any(assistant.library.clauses[name].verified for name in cited)
    )
    context.status = Status.PARTIAL if partial else Status.ANSWERED


def finish(assistant: Assistant, context: Context) -> None:
    """Put the text together: claims with their marks, notes on digests, what to ask next."""
    documents = assistant.library.by_id
    if context.claims:
        lines = [c.text + "".join(f"[{n}]" for n in c.citations) for c in context.claims]
        context.message = "\n".join([*lines, *_digest_notes(context, documents)])
        context.follow_ups = follow_ups.suggest(
            context.citations,
            assistant.library.clauses,
            documents,
            [
                link.target
                for c in context.citations
                for link in assistant.links.behind(c.clause_id)
            ],
            english=context.english,
        )
    elif context.status is Status.NOT_FOUND and context.hits:
        nearest = _nearest(assistant, context)
        context.follow_ups = _asks(nearest, documents, context.english)
        # An article without a heading says nothing without its law.
        names = [c.title or f"《{documents[c.document_id].name}》{c.label}" for c in nearest]
        if context.question and context.question.absent:
            absent = "、".join(f"《{name}》" for name in context.question.absent)
            context.message += phrases.say(phrases.ABSENT, context.english).format(names=absent)
        context.message += phrases.say(phrases.NEAREST, context.english) + "、".join(names) + "。"


def generate(assistant: Assistant, context: Context) -> Iterator[None]:
    """Let the language model say it, where the settings want one; else change nothing.

    Gives back control, with the answer put together so far, after each sentence from where the
    verified ones cover what the quotes cover. Short of that the quotes stay the answer.
    """
    writer = assistant.writer
    looked_up = "look_up" in context.notes
    if writer is None or looked_up or not context.claims:
        return
    if generation.quotes_only(context.asked, context.drafts):
        return
    context.mode = Mode.FALLBACK
    clauses, documents = assistant.library.clauses, assistant.library.by_id
    parts = context.parts or [context]
    chosen = [found for own in parts for found in own.chosen]
    shown = generation.to_show(chosen, context.hits, clauses)
    floors = [_floor(assistant, own) for own in parts]
    assert context.terms is not None
    composition = generation.Composition(
        context.asked, context.terms, shown, documents, assistant.check, len(parts)
    )
    verifier = verification.Verifier(clauses, documents)
    asking = prompts.messages(context.understood, [(c, documents[c.document_id]) for c in shown])
    context.dropped = composition.dropped
    try:
        for said in generation.sentences(writer.write(asking)):
            draft = composition.draft(said)
            if draft is None:
                continue
            if reason := verifier.add(draft):
                composition.drop("figure")
                log.warning("claim dropped (%s)", reason)
                continue
            composition.drafts.append(draft)
            if all(floor.reached(composition.drafts) for floor in floors):
                _restate(assistant, context, verifier.verified)
                yield
            if composition.full:
                return
    except generation.ModelFailed as failed:
        context.notes["generate"] = str(failed)


def _floor(assistant: Assistant, own: Context) -> generation.Floor:
    """What the quotes for one part of a question cover."""
    assert own.terms is not None
    library = assistant.library
    drafts = compose.compose(
        own.asked, own.terms, own.chosen, library.by_id, library.clauses, assistant.links
    )
    return generation.Floor.of(own.asked, own.terms, drafts)


def _restate(assistant: Assistant, context: Context, checked: verification.Verified) -> None:
    """Take the model's verified claims for the answer."""
    context.mode = Mode.GENERATIVE
    context.claims, context.citations = checked.claims, checked.citations
    sure = any(assistant.library.clauses[c.clause_id].verified for c in checked.citations)
    context.status = Status.ANSWERED if sure else Status.PARTIAL
    finish(assistant, context)


def _digest_notes(context: Context, documents: dict[str, Document]) -> list[str]:
    marks: dict[str, list[int]] = {}
    for citation in context.citations:
        if not documents[citation.document_id].verbatim:
            marks.setdefault(citation.document_id, []).append(citation.n)
    notes = []
    for document_id, cited in marks.items():
        number = documents[document_id].number
        shown = "".join(f"[{n}]" for n in cited)
        where = f"（{number}）" if number else ""
        notes.append(
            phrases.say(phrases.DIGEST_NOTE, context.english).format(marks=shown, number=where)
        )
    return notes


STEPS: tuple[tuple[str, Step], ...] = (
    ("check", check),
    ("resolve", resolve),
    ("understand", read),
    ("look_up", look_up),
    ("retrieve", retrieve),
    ("rerank", reorder),
    ("select", select),
    ("split", split),
    ("judge", judge),
    ("compose", write),
    ("verify", verify),
    ("finish", finish),
)
ALWAYS = frozenset({"finish"})
