"""The chat page (Gradio Blocks). The browser is told what to show; what counts stays here."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

import anyio
import gradio as gr

from assistant.answer import Mode
from corpus.language import Lang
from corpus.settings import Settings
from ui import markup
from ui.api import AskService
from ui.conversations import KEPT_EXCHANGES, Conversation, Conversations, Exchange
from ui.desk import NotReady, Stage
from ui.feedback import Feedback, FeedbackStore
from ui.security import Limiter, client_address
from ui.texts import TEXTS, Texts
from ui.widget import EXAMPLES

log = logging.getLogger(__name__)
SENTENCE_PAUSE = 0.05
POLL_SECONDS = 0.5
WAIT_SECONDS = 600
Messages = list[dict[str, Any]]

THEME = gr.themes.Base(
    primary_hue=gr.themes.Color(
        "#eef4f9", "#d9e7f2", "#b5cfe4", "#86b0d2", "#5a91bd", "#2f6fa3",
        "#1d5a96", "#17497a", "#133c64", "#0f3050", "#0b233b",
    ),
    neutral_hue=gr.themes.colors.slate,
    radius_size=gr.themes.sizes.radius_md,
    font=["system-ui", "-apple-system", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC",
          "sans-serif"],
    font_mono=["ui-monospace", "Menlo", "Consolas", "monospace"],
)  # fmt: skip


@dataclass(frozen=True)
class Chat:
    """The handlers of one language's page."""

    settings: Settings
    lang: Lang
    service: AskService
    conversations: Conversations
    limiter: Limiter
    store: FeedbackStore

    @property
    def texts(self) -> Texts:
        """The words of the page."""
        return TEXTS[self.lang]

    def examples(self, audience: str) -> list[dict[str, str]]:
        """Questions to begin with."""
        shown = EXAMPLES["en" if self.lang == "en" else "zh-CN"][audience]
        return [{"text": question} for question in shown]

    # ------------------------------------------------------------ what is shown
    def messages(self, conversation: Conversation, telling: int | None = None) -> Messages:
        """All messages; `telling` claims of the last answer while it is being told."""
        out: Messages = []
        last = len(conversation.exchanges) - 1
        for number, exchange in enumerate(conversation.exchanges):
            out.append({"role": "user", "content": markup.question_html(exchange.question)})
            out.append(self._reply(exchange, telling if number == last else None, number == last))
        return out

    def _reply(self, exchange: Exchange, telling: int | None, last: bool) -> dict[str, Any]:
        if exchange.answer is None:
            kind = "fail" if exchange.failed else "wait"
            return {"role": "assistant", "content": markup.note_html(exchange.note, kind)}
        content = markup.answer_html(
            exchange.answer, self.service.desk.library, self.texts, telling
        )
        reply: dict[str, Any] = {"role": "assistant", "content": content}
        if last and telling is None and exchange.answer.follow_ups:
            reply["options"] = [{"value": q, "label": q} for q in exchange.answer.follow_ups]
        return reply

    def export_links(self, conversation: Conversation) -> str:
        """Links to the conversation as a file; none before the first answer."""
        if not any(exchange.answer for exchange in conversation.exchanges):
            return ""
        base = f"/export/{self.lang}/{conversation.token}"
        links = " · ".join(
            f'<a href="{base}.{suffix}" download>{label}</a>'
            for suffix, label in (("md", "Markdown"), ("docx", "Word"))
        )
        return f'<p class="mb-export">{self.texts.export}{links}</p>'

    # ------------------------------------------------------------ asking
    async def ask(
        self, question: str, audience: str, token: str | None, request: gr.Request
    ) -> AsyncIterator[tuple[Any, ...]]:
        """Answer a question sentence by sentence: messages, box, token, exports, feedback row."""
        conversation = self.conversations.get(token) or self.conversations.start()
        if not question.strip():
            yield self._idle(conversation)
            return
        question = question.strip()[: self.settings.max_question_chars + 1]
        audience = audience if audience in ("enterprise", "school") else "enterprise"
        exchange = Exchange(question, audience, note=self.texts.searching)
        conversation.exchanges.append(exchange)
        del conversation.exchanges[:-KEPT_EXCHANGES]
        async for shown in self._answer(conversation, exchange, request):
            yield shown

    async def again(
        self, token: str | None, request: gr.Request, retry: gr.RetryData
    ) -> AsyncIterator[tuple[Any, ...]]:
        """Answer an earlier question once more; what came after it goes."""
        conversation = self.conversations.get(token) or self.conversations.start()
        number = retry.index // 2 if isinstance(retry.index, int) else -1
        if not 0 <= number < len(conversation.exchanges):
            yield self._idle(conversation)
            return
        before = conversation.exchanges[number]
        exchange = Exchange(before.question, before.audience, note=self.texts.searching)
        conversation.exchanges[number:] = [exchange]
        async for shown in self._answer(conversation, exchange, request):
            yield shown

    async def _answer(
        self, conversation: Conversation, exchange: Exchange, request: gr.Request
    ) -> AsyncIterator[tuple[Any, ...]]:
        texts = self.texts
        conversation.run += 1
        run, told = conversation.run, 0
        client = client_address(request.request.scope, self.settings.trusted_proxies)
        if seconds := self.limiter.wait(client):
            exchange.note, exchange.failed = texts.busy.format(seconds=seconds), True
            yield self._idle(conversation)
            return
        yield self._busy(conversation)
        try:
            async for waiting in self._ready(conversation, exchange):
                yield waiting
            history = conversation.history(conversation.exchanges.index(exchange))
            answers = self.service.answers(exchange.question, exchange.audience, history)
            async with aclosing(answers):
                async for answer in answers:
                    exchange.answer = answer
                    if answer.mode is Mode.GENERATIVE and conversation.run == run:
                        told = len(answer.claims)
                        yield self._busy(conversation, told)
        except NotReady as error:
            exchange.note, exchange.failed = error.said.in_(self.lang), True
        except Exception:
            log.exception("a question could not be answered")
            exchange.note, exchange.failed = texts.failed, True
        if exchange.answer and conversation.run == run:
            for number in range(max(told, 1), len(exchange.answer.claims)):
                yield self._busy(conversation, number)
                await asyncio.sleep(SENTENCE_PAUSE)
        yield self._idle(conversation)

    async def _ready(
        self, conversation: Conversation, exchange: Exchange
    ) -> AsyncIterator[tuple[Any, ...]]:
        """Wait until questions are answered, and say how far it is.

        Raises NotReady where that fails or takes too long.
        """
        desk = self.service.desk
        waited = 0.0
        while desk.state.stage not in (Stage.READY, Stage.FAILED) and waited < WAIT_SECONDS:
            state = desk.state
            detail = state.detail.in_(self.lang) + (
                f"（{state.done}/{state.total}）" if state.total else ""
            )
            note = self.texts.not_ready.format(detail=detail)
            if note != exchange.note:
                exchange.note = note
                yield self._busy(conversation)
            await asyncio.sleep(POLL_SECONDS)
            waited += POLL_SECONDS
        _ = desk.assistant

    def _busy(self, conversation: Conversation, telling: int | None = None) -> tuple[Any, ...]:
        box = gr.update(value="", submit_btn=False, stop_btn=self.texts.stop)
        return (
            gr.update(value=self.messages(conversation, telling)),
            box,
            conversation.token,
            gr.skip(),
            gr.update(visible=False),
        )

    def _idle(self, conversation: Conversation) -> tuple[Any, ...]:
        box = gr.update(submit_btn=self.texts.send, stop_btn=False)
        return (
            gr.update(value=self.messages(conversation)),
            box,
            conversation.token,
            self.export_links(conversation),
            gr.update(visible=False),
        )

    def stop(self, token: str | None) -> tuple[Any, ...]:
        """Stop the answer that is being told."""
        conversation = self.conversations.get(token) or self.conversations.start()
        conversation.run += 1
        if conversation.exchanges and conversation.exchanges[-1].answer is None:
            exchange = conversation.exchanges[-1]
            exchange.note, exchange.failed = self.texts.stopped, True
        return self._idle(conversation)

    def fresh(self, audience: str, token: str | None) -> tuple[Any, ...]:
        """Forget the conversation and begin another."""
        self.conversations.drop(token)
        conversation = self.conversations.start()
        shown = gr.update(value=[], examples=self.examples(audience))
        return (shown, *self._idle(conversation)[1:])

    def switch(self, audience: str) -> dict[str, Any]:
        """Examples for the audience."""
        return gr.update(examples=self.examples(audience))  # type: ignore[no-any-return]

    # ------------------------------------------------------------ feedback
    async def rate(self, token: str | None, like: gr.LikeData) -> tuple[Any, ...]:
        """Store a thumb; ask for the reason of a thumb down."""
        conversation = self.conversations.get(token)
        index = like.index if isinstance(like.index, int) else like.index[0]
        number = index // 2
        if conversation is None or not 0 <= number < len(conversation.exchanges):
            return gr.update(visible=False), "", None
        exchange = conversation.exchanges[number]
        if not isinstance(like.liked, bool):  # the thumb was taken back
            await self._take_back(exchange)
            return gr.update(visible=False), "", None
        up = like.liked
        exchange.rating = "up" if up else "down"
        stored = await self._store(exchange, "")
        if up or not stored:
            self._thank(stored)
        return gr.update(visible=not up), "", number

    async def explain(self, reason: str, number: int | None, token: str | None) -> dict[str, Any]:
        """Store the reason of a thumb down."""
        conversation = self.conversations.get(token)
        if conversation and number is not None and 0 <= number < len(conversation.exchanges):
            self._thank(await self._store(conversation.exchanges[number], reason[:1000]))
        return gr.update(visible=False)  # type: ignore[no-any-return]

    def _thank(self, stored: bool) -> None:
        said = self.texts.feedback_thanks if stored else self.texts.feedback_failed
        gr.Info(said, duration=4)

    async def _take_back(self, exchange: Exchange) -> None:
        try:
            await anyio.to_thread.run_sync(self.store.remove, exchange.feedback)
        except (sqlite3.Error, OSError) as error:
            log.error("feedback could not be removed: %s", error)
            self._thank(False)
        exchange.feedback = ""

    async def _store(self, exchange: Exchange, reason: str) -> bool:
        if exchange.answer is None:
            return True
        feedback = Feedback(
            rating=exchange.rating or "down",
            question=exchange.question,
            answer=exchange.answer.answer,
            reason=reason,
            audience=exchange.audience,
            clauses=tuple(dict.fromkeys(c.clause_id for c in exchange.answer.citations)),
        )
        try:
            exchange.feedback = await anyio.to_thread.run_sync(
                self.store.add, feedback, exchange.feedback
            )
        except (sqlite3.Error, OSError) as error:
            log.error("feedback could not be stored: %s", error)
            return False
        return True


def _header(texts: Texts) -> str:
    return (
        f'<div class="mb-top"><a class="mb-brand" href="{texts.home}">{texts.brand}</a>'
        f'<span class="mb-tagline">{texts.tagline}</span><span class="mb-links">'
        f'<a href="{texts.library_href}">{texts.library}</a>'
        f'<a href="{texts.sheet_href}">{texts.sheet}</a>'
        f'<a href="{texts.other_href}">{texts.other_lang}</a></span></div>'
    )


def _welcome(texts: Texts) -> str:
    return (
        f'<div class="mb-welcome"><p class="mb-welcome-title">{texts.welcome_title}</p>'
        f"<p>{texts.welcome_text}</p></div>"
    )


def build(chat: Chat) -> gr.Blocks:
    """The page of one language."""
    texts, settings = chat.texts, chat.settings
    privacy = texts.privacy if settings.composer == "extractive" else texts.privacy_generative
    with gr.Blocks(
        title=texts.title, fill_height=True, fill_width=True, analytics_enabled=False
    ) as page:
        token = gr.State(None)
        rated = gr.State(None)
        gr.Markdown(_header(texts), elem_id="mb-header", container=False)
        with gr.Column(elem_id="mb-main"):
            bot = gr.Chatbot(
                elem_id="mb-chat",
                label=texts.chat_label,
                show_label=False,
                container=False,
                layout="bubble",
                autoscroll=False,
                height="100%",
                latex_delimiters=[],
                buttons=[],
                placeholder=_welcome(texts),
                examples=chat.examples("enterprise"),
                feedback_options=("Like", "Dislike"),
                allow_file_downloads=False,
                group_consecutive_messages=False,
            )
            with gr.Row(elem_id="mb-why", visible=False) as why:
                reason = gr.Textbox(
                    label=texts.feedback_reason,
                    placeholder=texts.feedback_hint,
                    max_length=1000,
                    submit_btn=texts.feedback_send,
                    elem_id="mb-reason",
                )
            with gr.Column(elem_id="mb-ask"):
                with gr.Row(elem_id="mb-tools"):
                    who = gr.Radio(
                        [(texts.enterprise, "enterprise"), (texts.school, "school")],
                        value="enterprise",
                        label=texts.audience,
                        elem_id="mb-audience",
                        container=False,
                        scale=1,
                    )
                    export = gr.Markdown("", elem_id="mb-export", container=False)
                    copy = gr.Button(texts.copy, elem_id="mb-copy", size="sm", scale=0)
                    fresh = gr.Button(texts.fresh, elem_id="mb-fresh", size="sm", scale=0)
                box = gr.Textbox(
                    label=texts.question_label,
                    show_label=False,
                    container=False,
                    placeholder=texts.placeholder,
                    submit_btn=texts.send,
                    max_length=settings.max_question_chars,
                    lines=1,
                    max_lines=5,
                    autofocus=False,
                    elem_id="mb-box",
                )
                gr.Markdown(
                    f'<p class="mb-foot">{texts.official_prevails} {privacy}</p>',
                    elem_id="mb-foot",
                    container=False,
                )

        shown = [bot, box, token, export, why]
        hidden: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
        asking = [
            box.submit(chat.ask, [box, who, token], shown, **hidden),
            bot.retry(chat.again, [token], shown, **hidden),
        ]

        async def chosen(
            audience: str, held: str | None, request: gr.Request, data: gr.SelectData
        ) -> AsyncIterator[tuple[Any, ...]]:
            value = data.value
            question = value.get("text") if isinstance(value, dict) else value
            async for step in chat.ask(str(question or ""), audience, held, request):
                yield step

        asking += [
            bot.example_select(chosen, [who, token], shown, **hidden),
            bot.option_select(chosen, [who, token], shown, **hidden),
        ]
        box.stop(chat.stop, [token], shown, cancels=asking, **hidden)
        fresh.click(chat.fresh, [who, token], shown, cancels=asking, **hidden)
        who.change(chat.switch, [who], [bot], **hidden)
        bot.like(chat.rate, [token], [why, reason, rated], **hidden)
        reason.submit(chat.explain, [reason, rated, token], [why], **hidden)
        del copy  # the page's own script copies: the clipboard is the browser's
    page.queue(default_concurrency_limit=8, max_size=64)
    return page
