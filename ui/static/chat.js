/* The clause beside the chat, copying with sources, and names for assistive technology.
 * No framework, no storage; everything is inserted as text, never as HTML. */
(() => {
  'use strict';
  const english = document.currentScript?.dataset.lang === 'en';
  const TEXT = english
    ? {
        panel: 'Clause', close: 'Close', full: 'Read in the full document', previous: 'Previous', next: 'Next',
        digest: 'Digest', digestNote: 'A digest in our own words, not the official wording; the official document prevails.',
        verbatim: 'Verbatim', unverified: 'Unverified', page: (n) => `p. ${n}`, loading: 'Loading the clause…',
        lost: 'The clause could not be loaded. Please try again.', copied: 'Copied.', notCopied: 'Copying failed: please select the text.',
        question: 'Your question', chat: 'Questions and answers', again: 'Answer again', up: 'Helpful', down: 'Not helpful', quoted: 'Quoted in the answer:', prevails: 'The official documents prevail.',
        sources: 'Sources:', colon: ': ',
        validity: { 现行: 'in force', 已修订: 'amended', 未核实: 'validity unverified', 已废止: 'repealed' },
      }
    : {
        panel: '条款', close: '关闭', full: '在文件全文中查看', previous: '上一条', next: '下一条',
        digest: '要点摘编', digestNote: '这是要点摘编，不是文件原文，以官方发布的文件为准。',
        verbatim: '原文照录', unverified: '待核实', page: (n) => `第 ${n} 页`, loading: '正在打开条款…',
        lost: '条款没有打开，请重试。', copied: '已复制。', notCopied: '没有复制成功，请手动选取文字。',
        question: '您的问题', chat: '问答', again: '重新回答', up: '有用', down: '没用', quoted: '回答引用的内容：', prevails: '以官方发布的文件原文为准。',
        sources: '出处：', colon: '：', validity: {},
      };
  // The framework names the browser's language; the page has its own.
  const lang = english ? 'en' : 'zh-CN';
  const keepLang = () => {
    if (document.documentElement.lang !== lang) document.documentElement.lang = lang;
  };
  keepLang();
  new MutationObserver(keepLang).observe(document.documentElement, { attributes: true, attributeFilter: ['lang'] });

  const el = (tag, attributes, ...children) => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes ?? {})) {
      if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
      else if (value) node.setAttribute(name, value === true ? '' : value);
    }
    node.append(...children.filter((child) => child != null && child !== ''));
    return node;
  };

  // ---------------------------------------------------------------- the panel
  const narrow = matchMedia('(max-width: 900px)');
  const heading = el('h2', { id: 'mb-panel-title', tabindex: '-1' }, TEXT.panel);
  const body = el('div', { class: 'mb-body', 'aria-live': 'polite' });
  const panel = el(
    'dialog',
    { id: 'mb-panel', 'aria-labelledby': 'mb-panel-title', oncancel: (event) => { event.preventDefault(); close(); } },
    el('header', {}, heading, el('button', { type: 'button', 'aria-label': TEXT.close, onclick: () => close() }, '×')),
    body,
  );
  const toast = el('div', { id: 'mb-toast', role: 'status' });
  let returnTo = null;
  let wanted = 0;

  const show = () => {
    if (panel.open) return;
    // A drawer over the page on a phone; beside the conversation, which stays usable, elsewhere.
    if (narrow.matches) panel.showModal();
    else panel.show();
    document.body.classList.add('mb-open');
  };
  const close = () => {
    if (!panel.open) return;
    panel.close();
    document.body.classList.remove('mb-open');
    mark(null);
    if (returnTo?.isConnected) returnTo.focus();
  };
  const mark = (anchor) => {
    for (const on of document.querySelectorAll('a.cite.mb-on')) on.classList.remove('mb-on');
    anchor?.classList.add('mb-on');
  };

  /** Characters [start, end) of a text, counted in code points as the server counts them. */
  const cut = (text, start, end) => {
    const points = Array.from(text);
    return [points.slice(0, start), points.slice(start, end), points.slice(end)].map((part) => part.join(''));
  };
  const tag = (text, kind) => el('span', { class: `mb-tag ${kind}` }, text);
  const VALIDITY = { 现行: 'mb-good', 已修订: 'mb-warn', 已废止: 'mb-bad', 未核实: 'mb-warn' };

  const step = (neighbour, label, kind) =>
    neighbour &&
    el(
      'button',
      { type: 'button', class: kind, onclick: () => open(neighbour.id, 0, 0) },
      `${label}${TEXT.colon}${neighbour.label}`,
    );
  const render = (clause, start, end) => {
    const doc = clause.document;
    const [before, quoted, after] = cut(clause.text, start, end);
    const marked = quoted ? el('mark', {}, el('span', { class: 'mb-sr' }, TEXT.quoted), quoted) : null;
    const query = quoted ? `?clause=${encodeURIComponent(clause.id.slice(doc.id.length + 1))}&start=${start}&end=${end}` : '';
    const [path, hash] = clause.url.split('#');
    body.replaceChildren(
      el('h3', {}, doc.title),
      el(
        'p',
        { class: 'mb-tags' },
        tag(TEXT.validity[doc.validity] ?? doc.validity, VALIDITY[doc.validity] ?? ''),
        tag(doc.verbatim ? TEXT.verbatim : TEXT.digest, doc.verbatim ? '' : 'mb-warn'),
        clause.verified ? null : tag(TEXT.unverified, 'mb-warn'),
        doc.number && el('span', {}, doc.number),
        doc.date && el('span', {}, doc.date),
        clause.page && el('span', {}, TEXT.page(clause.page)),
      ),
      clause.heading_path.length ? el('p', { class: 'mb-path' }, clause.heading_path.join(' › ')) : '',
      doc.verbatim ? '' : el('p', { class: 'mb-caution' }, TEXT.digestNote),
      el('p', { class: 'mb-text', tabindex: '0', lang: 'zh-CN' }, before, marked, after),
      el(
        'nav',
        { 'aria-label': TEXT.panel },
        step(clause.previous, TEXT.previous, 'mb-previous'),
        step(clause.next, TEXT.next, 'mb-next'),
      ),
      el('p', {}, el('a', { href: `${path}${english ? `${query || '?'}&lang=en` : query}#${hash}`, target: '_blank', rel: 'noopener' }, TEXT.full)),
    );
    panel.scrollTop = 0;
    // What the clause is stands above it: it is scrolled away only where the quote lies far below.
    if (marked && marked.offsetTop > panel.clientHeight - 160) marked.scrollIntoView({ block: 'center' });
    heading.focus({ preventScroll: true });
  };
  const open = async (id, start, end) => {
    const ticket = (wanted += 1);
    body.replaceChildren(el('p', {}, TEXT.loading));
    show();
    try {
      const response = await fetch(`/api/v1/clauses/${encodeURIComponent(id)}`);
      if (!response.ok) throw new Error(String(response.status));
      const clause = await response.json();
      if (ticket === wanted) render(clause, start, end);
    } catch {
      if (ticket === wanted) body.replaceChildren(el('p', { role: 'alert' }, TEXT.lost));
    }
  };

  document.addEventListener(
    'click',
    (event) => {
      const anchor = event.target.closest?.('a.cite');
      // With a modifier key the link is an ordinary one: the document in a new tab.
      if (!anchor || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
      event.preventDefault();
      event.stopPropagation();
      const url = new URL(anchor.href);
      const document_id = decodeURIComponent(url.pathname.replace(/^\/documents\//, ''));
      const query = url.searchParams;
      returnTo = anchor;
      mark(anchor);
      open(`${document_id}#${query.get('clause')}`, Number(query.get('start')), Number(query.get('end')));
    },
    true,
  );
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && panel.open && !event.isComposing) close();
  });
  narrow.addEventListener('change', () => {
    if (!panel.open) return;
    panel.close();
    show();
  });

  // ---------------------------------------------------------------- copying
  const say = (text) => {
    toast.textContent = text;
    setTimeout(() => (toast.textContent = ''), 3000);
  };
  const copyLast = async () => {
    const answer = [...document.querySelectorAll('#mb-chat .mb-a')].at(-1);
    if (!answer) return;
    const lines = [...answer.querySelectorAll(':scope > p:not(.mb-understood), :scope > ul > li')].map((line) => line.innerText.trim());
    const sources = new Map();
    for (const anchor of answer.querySelectorAll('a.cite')) {
      const number = /\[\d+\]/.exec(anchor.textContent)?.[0];
      if (number && !sources.has(number)) sources.set(number, `${number} ${anchor.title} ${anchor.href}`);
    }
    const parts = [...lines, ...(sources.size ? ['', TEXT.sources, ...sources.values()] : []), '', TEXT.prevails];
    try {
      await navigator.clipboard.writeText(parts.join('\n'));
      say(TEXT.copied);
    } catch {
      say(TEXT.notCopied);
    }
  };
  document.addEventListener('click', (event) => {
    if (event.target.closest?.('#mb-copy')) copyLast();
  });

  // ---------------------------------------------------------------- names and states
  /** Keep the newest question at the top while its answer grows: an answer is read from its start. */
  let seen = '';
  const follow = () => {
    const questions = document.querySelectorAll('#mb-chat .mb-q');
    const last = questions[questions.length - 1]?.closest('.message-row');
    const state = `${questions.length}:${document.querySelector('#mb-chat .message-wrap')?.textContent.length}`;
    if (!last || state === seen) return;
    seen = state;
    last.scrollIntoView({ block: 'start' });
  };
  const tidy = () => {
    follow();
    document.body.classList.toggle('mb-answered', Boolean(document.querySelector('#mb-chat .mb-q')));
    const box = document.querySelector('#mb-box textarea');
    if (box && !box.hasAttribute('aria-label')) box.setAttribute('aria-label', TEXT.question);
    const log = document.querySelector('#mb-chat [role="log"]');
    if (log && log.getAttribute('aria-label') !== TEXT.chat) {
      log.setAttribute('aria-label', TEXT.chat);
      log.tabIndex = 0;
    }
    // The framework names each message by its source, mark-up and all, on an element without a role.
    for (const named of document.querySelectorAll('#mb-chat [data-testid][aria-label]')) named.removeAttribute('aria-label');
    document.querySelector('#mb-chat .examples[role="list"]')?.removeAttribute('role'); // its children are no items
    // It names these in the language of the browser, not of the page.
    for (const example of document.querySelectorAll('#mb-chat .example[aria-label]')) example.removeAttribute('aria-label');
    for (const row of document.querySelectorAll('#mb-chat .message-buttons')) {
      const [up, down, again] = [...row.querySelectorAll('button')].reverse();
      for (const [button, name] of [[up, TEXT.up], [down, TEXT.down], [again, TEXT.again]]) {
        if (!button || button.title === name) continue;
        // A thumb that is given is `Liked` or `Disliked`.
        if (button !== again) button.setAttribute('aria-pressed', String(/^(Disl|L)iked$/.test(button.title)));
        button.title = name;
        button.setAttribute('aria-label', name);
      }
    }
    for (const link of document.querySelectorAll(':is(#mb-header, #mb-export) a[target]')) link.removeAttribute('target');
    const top = document.querySelector('#mb-header');
    if (top) document.documentElement.style.setProperty('--mb-top', `${Math.ceil(top.getBoundingClientRect().height)}px`);
  };
  const start = () => {
    document.body.append(panel, toast);
    let pending = false;
    new MutationObserver(() => {
      if (pending) return;
      pending = true;
      requestAnimationFrame(() => {
        pending = false;
        tidy();
      });
    }).observe(document.body, { childList: true, subtree: true, attributes: true, attributeFilter: ['aria-label'] });
    addEventListener('resize', tidy);
    tidy();
  };
  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', start, { once: true });
  else start();
})();
