/*!
 * Mingbai widget (MIT): a launcher and a chat panel on any page, inside a Shadow DOM.
 *
 *   <script src="https://HOST/widget.js" data-audience="enterprise" data-lang="zh-CN"
 *           data-color="#1d5a96" data-position="right" defer></script>
 *
 * It talks only to the host that the script came from, sets no cookie and stores nothing.
 * Everything shown is inserted as text, never as HTML; styles are constructed style sheets,
 * so that a host page's strict Content-Security-Policy needs no 'unsafe-inline'.
 * The one global is window.Mingbai: open, close, ask, on, off.
 */
(() => {
  'use strict';
  if (typeof window.Mingbai?.ask === 'function') return;

  // ---------------------------------------------------------------- options
  const script = document.currentScript ?? document.querySelector('script[src*="widget.js"]');
  const data = script?.dataset ?? {};
  const base = new URL('.', script?.src || location.href).href;
  const english = /^en\b/i.test(data.lang ?? '');
  const framed = data.embed === 'frame';
  const side = data.position === 'left' ? 'left' : 'right';
  const theme = ['light', 'dark'].includes(data.theme) ? data.theme : 'auto';
  const IDLE_MS = 45_000; // the server's stream sends a ping at least every 15 s
  const BACKOFF_MS = [1000, 3000];
  const HISTORY = 6;

  const TEXT = english
    ? {
        name: 'Mingbai policy answers',
        launch: 'Ask about policy',
        close: 'Close',
        fresh: 'New conversation',
        who: 'I represent',
        enterprise: 'an enterprise',
        school: 'a school',
        hello:
          'Ask in one sentence. Every sentence of an answer names the clause that proves it; ' +
          'select a number to read the clause.',
        label: 'Your question',
        hint: 'Ask about the policy…',
        keys: 'Enter sends, Shift and Enter starts a new line, Escape closes.',
        send: 'Send',
        stop: 'Stop',
        note: 'The official documents prevail.',
        asked: 'You asked: ',
        understood: 'Understood as: ',
        searching: 'Looking for the clauses…',
        retrying: 'Connection lost. Trying again…',
        lost: 'The connection was lost. Your question is kept.',
        offline: 'You are offline. What you typed is kept.',
        busy: (s) => `Too many questions. Please try again in ${s} s.`,
        server: 'The service cannot answer just now. Please try again later.',
        stopped: 'Stopped.',
        refused: (o) =>
          `This site (${o}) is not allowed to use the service. Its administrator can ask the ` +
          'service to add the site to the list of allowed origins.',
        again: 'Try again',
        sources: 'Clauses',
        modes: {
          extractive: 'quoted word for word',
          generative: 'worded by a language model, each sentence checked against its clause',
          'extractive-fallback': 'the language model gave no answer; quoted word for word',
        },
        source: (n) => `Clause ${n}`,
        full: 'Read in the full document',
        page: (p) => `p. ${p}`,
        up: 'Helpful',
        down: 'Not helpful',
        why: 'What was wrong? (optional)',
        submit: 'Submit',
        thanks: 'Thank you for the feedback.',
        unsent: 'The feedback could not be sent. Please try again.',
        more: 'You may also ask',
        examples: 'For example',
        window: 'opens in a new window',
      }
    : {
        name: '明白 · 政策问答',
        launch: '政策问答',
        close: '关闭',
        fresh: '新对话',
        who: '我代表',
        enterprise: '企业',
        school: '学校',
        hello: '请用一句话提问。回答的每句话都标明所依据的条款，点编号可看原文。',
        label: '您的问题',
        hint: '请输入您的问题…',
        keys: '回车发送，Shift 加回车换行，Esc 关闭。',
        send: '发送',
        stop: '停止',
        note: '内容以官方发布的文件原文为准。',
        asked: '您问：',
        understood: '理解为：',
        searching: '正在查找条款…',
        retrying: '连接中断，正在重试…',
        lost: '连接中断，您的问题已保留。',
        offline: '网络已断开，已输入的内容会保留。',
        busy: (s) => `提问过于频繁，请 ${s} 秒后再试。`,
        server: '服务暂时无法回答，请稍后再试。',
        stopped: '已停止。',
        refused: (o) => `本网站（${o}）未获准使用此服务。请网站管理员联系服务方，把该来源加入允许名单。`,
        again: '重试',
        sources: '依据条款',
        modes: {
          extractive: '摘自条款原文',
          generative: '由语言模型写成，每句已与条款核对',
          'extractive-fallback': '语言模型未能作答，摘自条款原文',
        },
        source: (n) => `依据 ${n}`,
        full: '在文件全文中查看',
        page: (p) => `第 ${p} 页`,
        up: '有用',
        down: '没用',
        why: '哪里不对？（可不填）',
        submit: '提交',
        thanks: '谢谢您的反馈。',
        unsent: '反馈没有送出，请重试。',
        more: '还可以问',
        examples: '例如',
        window: '在新窗口打开',
      };

  // ---------------------------------------------------------------- colours
  const LIGHT = '#eef2f6'; // the darkest surface of the light scheme that carries accent text
  const DARK = '#2b323c'; // the lightest such surface of the dark scheme
  const channels = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
  const luminance = (rgb) =>
    rgb
      .map((c) => c / 255)
      .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
      .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const contrast = (a, b) => {
    const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y);
    return (high + 0.05) / (low + 0.05);
  };
  /** The accent moved towards black or white until text in it reads on `on` (WCAG AA, 4.5:1). */
  const readable = (accent, on, towards) => {
    for (let step = 0; ; step += 0.04) {
      const mixed = accent.map((c) => Math.round(c + (towards - c) * Math.min(step, 1)));
      if (step >= 1 || contrast(mixed, on) >= 4.5) return `rgb(${mixed})`;
    }
  };
  const chosen = /^#([0-9a-f]{3}|[0-9a-f]{6})$/i.test(data.color ?? '') ? data.color : '#1d5a96';
  const accent = channels(chosen.length === 4 ? chosen.replace(/[^#]/g, '$&$&') : chosen);

  const lightVars = '--bg:#fff;--soft:#eef2f6;--ink:#1c2733;--dim:#55616e;--line:#c9d2dc;--bad:#a3261b;';
  const darkVars = '--bg:#1b2027;--soft:#2b323c;--ink:#eceff3;--dim:#b3bdc9;--line:#4a5563;--bad:#ffb1a8;';
  const onLight = `${lightVars}--link:${readable(accent, channels(LIGHT), 0)};color-scheme:light;`;
  const onDark = `${darkVars}--link:${readable(accent, channels(DARK), 255)};color-scheme:dark;`;
  const scheme =
    theme === 'auto'
      ? `.root{${onLight}}@media (prefers-color-scheme:dark){.root{${onDark}}}`
      : `.root{${theme === 'dark' ? onDark : onLight}}`;

  // `!important` in :host outranks `!important` of the page's own sheets, whatever they say.
  const CSS = `
:host{all:initial!important;position:fixed!important;inset:auto 0 0 auto!important;display:block!important;
width:0!important;height:0!important;overflow:visible!important;z-index:2147483647!important;
direction:ltr!important;unicode-bidi:isolate!important;pointer-events:none!important}
${scheme}
.root{--fill:${readable(accent, [255, 255, 255], 0)};--edge:max(20px,env(safe-area-inset-${side}));
font:15px/1.65 system-ui,-apple-system,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif;
color:var(--ink);text-align:start;pointer-events:auto}
*,*::before,*::after{box-sizing:border-box}
[hidden]{display:none!important}
button,textarea,input{font:inherit;color:inherit;margin:0}
button{cursor:pointer;border:1px solid transparent;border-radius:8px;background:none;padding:6px 10px}
button:hover{text-decoration:underline}
:focus{outline:none}:focus-visible{outline:3px solid var(--link);outline-offset:2px}
svg{width:22px;height:22px;fill:none;stroke:currentColor;stroke-width:2;stroke-linecap:round;stroke-linejoin:round;flex:none}
p{margin:0}
.vh{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.launch{position:fixed;bottom:max(20px,env(safe-area-inset-bottom));${side}:var(--edge);display:flex;
align-items:center;gap:8px;min-height:48px;padding:10px 18px;border-radius:24px;background:var(--fill);color:#fff;
font-weight:600;border:2px solid #fff;box-shadow:0 4px 16px #0005}
.panel{position:fixed;inset:auto;bottom:max(20px,env(safe-area-inset-bottom));${side}:var(--edge);margin:0;padding:0;
width:400px;max-width:calc(100vw - 40px);height:640px;max-height:calc(100vh - 40px);border:1px solid var(--line);
border-radius:14px;background:var(--bg);color:inherit;overflow:hidden;box-shadow:0 12px 40px #0006}
.panel[open]{display:flex;flex-direction:column}
.panel::backdrop{background:#0008}
header{display:flex;align-items:center;gap:4px;padding:10px 10px 10px 16px;background:var(--fill);color:#fff}
h2{flex:1;margin:0;font-size:17px;line-height:1.4}
header button{min-width:40px;min-height:40px;display:grid;place-items:center;padding:6px}
header :focus-visible{outline-color:#fff;outline-offset:-3px}
.who{display:flex;flex-wrap:wrap;align-items:center;gap:4px 16px;margin:0;padding:8px 16px;border:0;
border-bottom:1px solid var(--line);min-inline-size:0}
.who legend{float:inline-start;padding:0;color:var(--dim)}
.who label{display:inline-flex;align-items:center;gap:6px;min-height:28px;cursor:pointer}
.who input{accent-color:var(--link);width:18px;height:18px}
.log{flex:1;overflow-y:auto;overscroll-behavior:contain;padding:14px 16px;min-height:0;overflow-wrap:anywhere}
.log>*+*{margin-block-start:16px}
.log :focus-visible{scroll-margin:12px}
.text{white-space:pre-wrap}
.q{width:fit-content;max-width:88%;margin-inline-start:auto;padding:8px 12px;border-radius:12px 12px 2px 12px;
background:var(--soft);white-space:pre-wrap}
.a{margin-block-start:10px}
.a>*+*{margin-block-start:10px}
.dim{color:var(--dim);font-size:13px}.dim:empty{display:none}
.mark{padding:0 3px;border-radius:4px;color:var(--link);font-size:13px;font-weight:600;line-height:1.4;min-width:24px;min-height:24px}
.h{font-weight:600;font-size:13px;color:var(--dim)}.how{font-weight:400}
details{border:1px solid var(--line);border-radius:8px}
details+details{margin-block-start:6px}
summary{padding:7px 10px;cursor:pointer;border-radius:8px}
summary b{color:var(--link)}
.clause{margin:0;padding:0 12px 6px;max-height:220px;overflow-y:auto;white-space:pre-wrap;line-height:1.8}
mark{background:#ffe58a;color:#1c2733;border-radius:2px}
a{color:var(--link)}
.more{padding:0 12px 10px}
.chips{display:flex;flex-wrap:wrap;gap:8px;margin-block-start:6px}
.chips button,.acts button,.again{border-color:var(--line);background:var(--bg);color:var(--link);text-align:start;min-height:36px}
.acts{display:flex;flex-wrap:wrap;align-items:center;gap:8px;font-size:13px}
.acts button[aria-pressed=true]{background:var(--soft);border-color:var(--link);font-weight:600}
.acts form{display:flex;gap:8px;flex:1 1 100%}
.acts input{flex:1;min-width:0;padding:6px 10px;border:1px solid var(--dim);border-radius:8px;background:var(--bg)}
.bad{color:var(--bad)}
.bar{padding:8px 16px;background:var(--soft);border-top:1px solid var(--line);font-size:13px;color:var(--bad)}
footer{border-top:1px solid var(--line);padding:10px 12px max(8px,env(safe-area-inset-bottom))}
.ask{display:flex;align-items:flex-end;gap:8px}
.ask textarea{flex:1;min-width:0;resize:none;max-height:140px;min-height:44px;padding:9px 12px;font-size:16px;line-height:1.5;
border:1px solid var(--dim);border-radius:10px;background:var(--bg)}
.ask textarea::placeholder{color:var(--dim);opacity:1}
.ask button{min-height:44px;min-width:64px;background:var(--fill);color:#fff;font-weight:600}
.ask button:disabled,textarea:disabled{opacity:.65;cursor:not-allowed}
footer .dim{margin-block-start:6px;text-align:center}
.frame .panel{inset:0;width:100%;max-width:none;height:100%;max-height:none;border:0;border-radius:0;box-shadow:none}
@media (max-width:480px){.panel{inset:0;width:100%;max-width:none;height:var(--high,100dvh);max-height:none;border:0;border-radius:0}
header{padding-block-start:max(10px,env(safe-area-inset-top))}}
@media (forced-colors:active){.launch,.ask button,header{border:1px solid}}
@media (prefers-reduced-motion:no-preference){.log{scroll-behavior:smooth}
.root:not(.frame) .panel[open]{animation:rise .18s ease-out}@keyframes rise{from{opacity:0;translate:0 12px}}}
@media print{.root{display:none}}`;

  // ---------------------------------------------------------------- elements
  /** An element with attributes, listeners (`on…`) and children; strings become text nodes. */
  const el = (tag, attributes = {}, ...children) => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
      else if (value !== false && value != null) node.setAttribute(name, value === true ? '' : value);
    }
    node.append(...children.filter((child) => child != null));
    return node;
  };
  const icon = (...paths) => {
    const space = 'http://www.w3.org/2000/svg';
    const svg = document.createElementNS(space, 'svg');
    svg.setAttribute('viewBox', '0 0 24 24');
    svg.setAttribute('aria-hidden', 'true');
    for (const d of paths) {
      const path = document.createElementNS(space, 'path');
      path.setAttribute('d', d);
      svg.append(path);
    }
    return svg;
  };
  const iconButton = (label, paths, onclick) =>
    el('button', { type: 'button', 'aria-label': label, title: label, onclick }, icon(...paths));

  const host = document.createElement('mingbai-widget');
  const shadow = host.attachShadow({ mode: 'open', delegatesFocus: false });
  try {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(CSS);
    shadow.adoptedStyleSheets = [sheet];
  } catch {
    shadow.append(el('style', {}, CSS)); // browsers from before constructed style sheets
  }

  const launcher = el(
    'button',
    { type: 'button', class: 'launch', 'aria-haspopup': 'dialog', 'aria-expanded': 'false', onclick: () => open() },
    icon('M21 12a8 8 0 0 1-8 8H4l2.2-3A8 8 0 1 1 21 12z', 'M9 11h7M9 14.5h4'),
    TEXT.launch,
  );
  const title = el('h2', { id: 'title', tabindex: '-1' }, TEXT.name);
  const freshButton = iconButton(TEXT.fresh, ['M12 5v14M5 12h14'], () => fresh());
  const closeButton = iconButton(TEXT.close, ['M6 6l12 12M18 6L6 18'], () => close());
  const radio = (value) =>
    el(
      'label',
      {},
      el('input', { type: 'radio', name: 'who', value, onchange: () => choose(value) }),
      TEXT[value],
    );
  const who = el('fieldset', { class: 'who' }, el('legend', {}, TEXT.who), radio('enterprise'), radio('school'));
  const log = el('div', { class: 'log', role: 'log', 'aria-live': 'polite', 'aria-label': TEXT.name, tabindex: '0' });
  const status = el('p', { class: 'vh', role: 'status' });
  const bar = el('p', { class: 'bar', role: 'alert', hidden: true });
  const box = el('textarea', {
    rows: '1',
    'aria-label': TEXT.label,
    'aria-describedby': 'keys',
    placeholder: TEXT.hint,
    maxlength: '500',
    dir: 'auto',
    enterkeyhint: 'send',
    autocomplete: 'off',
    oninput: () => fit(),
    onkeydown: (event) => {
      // Enter that ends an input method's composition must not send.
      if (event.key !== 'Enter' || event.shiftKey || event.isComposing || event.keyCode === 229) return;
      event.preventDefault();
      submit();
    },
  });
  const sendButton = el('button', { type: 'submit' }, TEXT.send);
  const stopButton = el('button', { type: 'button', hidden: true, onclick: () => stop() }, TEXT.stop);
  const form = el(
    'form',
    {
      class: 'ask',
      onsubmit: (event) => {
        event.preventDefault();
        submit();
      },
    },
    box,
    sendButton,
    stopButton,
  );
  const panel = el(
    'dialog',
    {
      class: 'panel',
      'aria-labelledby': 'title',
      oncancel: (event) => {
        event.preventDefault();
        close();
      },
      onkeydown: (event) => onPanelKey(event),
    },
    el('header', {}, title, freshButton, framed ? null : closeButton),
    who,
    log,
    status,
    bar,
    el(
      'footer',
      {},
      form,
      el('p', { id: 'keys', class: 'vh' }, TEXT.keys),
      el('p', { class: 'dim' }, TEXT.note),
    ),
  );
  const root = el(
    'div',
    { class: framed ? 'root frame' : 'root', lang: english ? 'en' : 'zh-CN', dir: 'ltr' },
    framed ? null : launcher,
    panel,
  );
  shadow.append(root);
  // A page's own shortcuts and focus traps must not see what is typed here.
  for (const type of ['keydown', 'keypress', 'keyup', 'focusin']) {
    root.addEventListener(type, (event) => event.stopPropagation());
  }

  // ---------------------------------------------------------------- state
  let audience = data.audience === 'school' ? 'school' : 'enterprise';
  let config = null; // what the server says of this origin; null until asked
  let turn = null; // the question that is being answered
  let past = []; // [{question, answer}] of this conversation, in this page's memory only
  let returnTo = null;
  const listeners = new Map();
  const phone = matchMedia('(max-width: 480px)');
  const touch = matchMedia('(pointer: coarse)');

  const emit = (name, detail) => {
    for (const listener of listeners.get(name) ?? []) {
      try {
        listener(detail);
      } catch (error) {
        console.error(error); // a page's faulty listener must not break the panel
      }
    }
  };
  const fit = () => {
    box.style.height = 'auto';
    box.style.height = `${Math.min(box.scrollHeight + 2, 140)}px`;
  };
  const toEnd = () => {
    log.scrollTop = log.scrollHeight;
  };
  /** An answer is read from its start: its question stays at the top while it grows. */
  const toQuestion = (current) => {
    log.scrollTop = current.block.offsetTop - log.offsetTop - 14;
  };
  const say = (text) => {
    status.textContent = text;
  };
  const warn = (text) => {
    bar.textContent = text;
    bar.hidden = !text;
  };
  const choose = (value) => {
    audience = value;
    for (const input of who.querySelectorAll('input')) input.checked = input.value === value;
    if (!past.length && !turn) greet();
  };
  const chips = (label, questions) =>
    questions?.length
      ? el(
          'div',
          {},
          el('p', { class: 'h' }, label),
          el(
            'div',
            { class: 'chips' },
            ...questions.map((text) => el('button', { type: 'button', onclick: () => start(text) }, text)),
          ),
        )
      : null;
  const greet = () => {
    log.replaceChildren(el('div', {}, el('p', {}, TEXT.hello)));
    const examples = chips(TEXT.examples, config?.examples?.[audience]);
    if (examples) log.append(examples);
  };
  const fresh = () => {
    stop();
    past = [];
    turn = null;
    lastLost = null;
    busy(false);
    say('');
    greet();
    box.focus();
  };

  // ---------------------------------------------------------------- the server
  /** A failure of a known kind: lost, busy, refused, input, server or stopped. */
  const failure = (kind, message) => Object.assign(new Error(message || kind), { kind });

  const post = async (path, body, signal) => {
    let response;
    try {
      response = await fetch(base + path, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'Accept-Language': english ? 'en' : 'zh-CN' },
        credentials: 'omit',
        body: JSON.stringify(body),
        signal,
      });
    } catch {
      throw failure(signal?.aborted ? (signal.reason ?? 'stopped') : 'lost');
    }
    if (response.ok) return response;
    const problem = await response.json().catch(() => ({}));
    const message = problem.error?.message ?? '';
    if (response.status === 429) {
      throw failure('busy', TEXT.busy(Number(response.headers.get('Retry-After')) || 60));
    }
    if (response.status === 403) throw failure('refused', TEXT.refused(location.origin));
    throw failure(response.status < 500 ? 'input' : 'server', message || TEXT.server);
  };

  /** Asks the server once whether this origin may use it. True, false, or null when unreachable. */
  const admitted = async () => {
    if (!config) {
      try {
        const response = await fetch(`${base}widget/config?lang=${english ? 'en' : 'zh-CN'}`, { credentials: 'omit' });
        config = response.ok ? await response.json() : null;
      } catch {
        return null;
      }
      if (config?.max_question_chars) box.maxLength = config.max_question_chars;
      if (config?.allowed && !past.length && !turn) greet();
    }
    if (config && !config.allowed) refuse();
    return config ? config.allowed : null;
  };
  const refuse = () => {
    if (box.disabled) return;
    log.replaceChildren(el('p', { class: 'bad', role: 'alert' }, TEXT.refused(location.origin)));
    for (const control of [box, sendButton, freshButton]) control.disabled = true;
    who.disabled = true;
    emit('error', { kind: 'refused' });
  };

  /** The events of a text/event-stream body, as {event, data} with data parsed from JSON. */
  async function* eventsOf(response, alive) {
    const reader = response.body.getReader();
    const decoder = new TextDecoder();
    for (let buffer = ''; ; ) {
      const { done, value } = await reader.read();
      alive();
      buffer += decoder.decode(value, { stream: !done });
      for (let gap; (gap = /\r?\n\r?\n/.exec(buffer)); ) {
        const fields = { event: 'message', data: '' };
        for (const line of buffer.slice(0, gap.index).split(/\r?\n/)) {
          const [, name, text] = /^(event|data): ?(.*)$/.exec(line) ?? [];
          if (name === 'data') fields.data += (fields.data && '\n') + text;
          else if (name) fields.event = text;
        }
        buffer = buffer.slice(gap.index + gap[0].length);
        if (fields.data) yield { event: fields.event, data: JSON.parse(fields.data) };
      }
      if (done) return;
    }
  }

  /** A question without what is only written differently: punctuation, width, case, spaces. */
  const bare = (text) => text.normalize('NFKC').toLowerCase().replace(/[\s\p{P}\p{S}]+/gu, '');

  /** One try at the answer: shows verified sentences as they come, returns the whole answer. */
  const attempt = async (current) => {
    const control = (current.control = new AbortController());
    let timer;
    const alive = () => {
      clearTimeout(timer);
      timer = setTimeout(() => control.abort('lost'), IDLE_MS);
    };
    const question = { question: current.question, audience: current.audience, history: past.slice(-HISTORY) };
    current.text.replaceChildren();
    current.meant.textContent = '';
    alive();
    try {
      const response = await post('api/v1/ask/stream', question, control.signal);
      if (!/event-stream/.test(response.headers.get('Content-Type'))) {
        return await (await post('api/v1/ask', question, control.signal)).json();
      }
      for await (const { event, data: value } of eventsOf(response, alive)) {
        if (event === 'status' && value.understood && bare(value.understood) !== bare(current.question)) {
          current.meant.textContent = TEXT.understood + value.understood;
        } else if (event === 'sentence') {
          if (current.text.firstChild) current.text.append('\n');
          current.text.append(...marked(current, value.text, value.citations));
          toQuestion(current);
        } else if (event === 'error') {
          throw failure('server', value.message);
        } else if (event === 'done') {
          return value;
        }
      }
      throw failure('lost'); // the stream ended without `done`
    } catch (error) {
      if (error.kind) throw error;
      throw failure(control.signal.aborted ? (control.signal.reason ?? 'stopped') : 'lost');
    } finally {
      clearTimeout(timer);
    }
  };
  const pause = (ms, current) =>
    new Promise((resolve) => {
      current.wake = resolve;
      setTimeout(resolve, ms);
    });

  // ---------------------------------------------------------------- a turn
  const busy = (on) => {
    sendButton.hidden = on;
    stopButton.hidden = !on;
    log.setAttribute('aria-busy', String(on));
  };
  const submit = () => {
    const question = box.value.trim();
    if (!question || turn || box.disabled) return;
    start(question).catch(() => {});
    box.value = '';
    fit();
  };
  const stop = () => {
    turn?.control?.abort('stopped');
    if (turn) {
      turn.stopped = true;
      turn.wake?.();
    }
  };
  /** Shows a question and answers it. Resolves with the answer's JSON, rejects with a `failure`. */
  const start = (question) => {
    if (turn) return Promise.reject(failure('busy'));
    const current = { question, audience, number: past.length };
    current.text = el('p', { class: 'text' });
    current.wait = el('p', { class: 'dim' }, TEXT.searching);
    current.meant = el('p', { class: 'dim' });
    current.body = el('div', { class: 'a' }, current.wait, current.meant, current.text);
    if (!past.length && !log.querySelector('.q')) log.replaceChildren();
    current.block = el(
      'div',
      {},
      el('p', { class: 'q', dir: 'auto' }, el('span', { class: 'vh', dir: 'ltr' }, TEXT.asked), question),
      current.body,
    );
    log.append(current.block);
    toQuestion(current);
    emit('ask', { question, audience });
    const result = answer(current);
    result.catch(() => {}); // shown in the panel; a page that ignores the promise gets no noise
    return result;
  };
  const answer = async (current) => {
    turn = current;
    current.stopped = false;
    current.wait.textContent = TEXT.searching;
    say(TEXT.searching);
    busy(true);
    try {
      for (let tries = 0; ; tries += 1) {
        try {
          const result = await attempt(current);
          finish(current, result);
          return result;
        } catch (error) {
          if (current.stopped) throw failure('stopped', TEXT.stopped);
          if (error.kind !== 'lost') throw error;
          if ((await admitted()) === false) throw failure('refused', TEXT.refused(location.origin));
          if (tries >= BACKOFF_MS.length) throw failure('lost', TEXT.lost);
          current.wait.textContent = TEXT.retrying;
          say(TEXT.retrying);
          await pause(BACKOFF_MS[tries], current);
          if (current.stopped) throw failure('stopped', TEXT.stopped);
        }
      }
    } catch (error) {
      if (error.kind === 'refused') {
        refuse();
      } else {
        fail(current, error);
        emit('error', { kind: error.kind, question: current.question });
      }
      throw error;
    } finally {
      // A new conversation may have begun meanwhile.
      if (turn === current) {
        turn = null;
        busy(false);
        say('');
      }
    }
  };
  const fail = (current, error) => {
    const again = el('button', {
      type: 'button',
      class: 'again',
      onclick: () => {
        if (turn) return;
        note.remove();
        current.body.prepend(current.wait);
        answer(current).catch(() => {});
        box.focus();
      },
    });
    again.append(TEXT.again);
    const note = el(
      'div',
      { class: 'acts' },
      el('p', { class: error.kind === 'stopped' ? 'dim' : 'bad' }, error.message),
      again,
    );
    current.wait.remove();
    current.text.replaceChildren(); // half an answer is not an answer
    current.body.append(note);
    current.again = error.kind === 'lost' ? again : null;
    lastLost = current;
    toEnd();
  };
  let lastLost = null;

  /** Text with its `[n]` marks as buttons that open the clause; `numbers` without one follow. */
  const marked = (current, text, numbers, citations = numbers.map((n) => ({ n }))) => {
    const known = new Set(citations.map((citation) => citation.n));
    const parts = text.split(/\[(\d+)\]/);
    const present = new Set(parts.filter((_, i) => i % 2).map(Number));
    return [
      ...parts.map((part, i) =>
        i % 2 === 0 ? part : known.has(Number(part)) ? mark(current, Number(part)) : `[${part}]`,
      ),
      ...numbers.filter((n) => !present.has(n)).map((n) => mark(current, n)),
    ].filter((node) => node !== '');
  };
  const mark = (current, n) =>
    el(
      'button',
      {
        type: 'button',
        class: 'mark',
        'aria-label': TEXT.source(n),
        onclick: () => {
          const source = current.body.querySelector(`[data-n="${n}"]`);
          if (!source) return;
          source.open = true;
          source.firstChild.focus();
          source.scrollIntoView({ block: 'nearest' });
        },
      },
      `[${n}]`,
    );
  const source = (citation) => {
    // Offsets count code points, JavaScript strings count UTF-16 units.
    const text = Array.from(citation.text);
    const part = (from, to) => text.slice(from, to).join('');
    const anchor = encodeURIComponent(citation.clause_id.slice(citation.document_id.length + 1));
    const link =
      `${base}documents/${encodeURIComponent(citation.document_id)}` +
      `?clause=${anchor}&start=${citation.start}&end=${citation.end}#${anchor}`;
    return el(
      'details',
      { 'data-n': citation.n },
      el(
        'summary',
        {},
        el('b', {}, `[${citation.n}] `),
        `${citation.document} ${citation.clause}`,
        citation.page ? ` (${TEXT.page(citation.page)})` : null,
      ),
      el(
        'div',
        { class: 'clause', tabindex: '0', role: 'region', 'aria-label': TEXT.source(citation.n) },
        part(0, citation.start),
        el('mark', {}, part(citation.start, citation.end)),
        part(citation.end),
      ),
      el(
        'p',
        { class: 'more' },
        el(
          'a',
          { href: link, target: '_blank', rel: 'noopener' },
          TEXT.full,
          el('span', { class: 'vh' }, ` (${TEXT.window})`),
        ),
      ),
    );
  };
  const finish = (current, result) => {
    current.wait.remove();
    const citations = result.citations ?? [];
    // What streamed stays, so that nothing is read out twice; the rest of the text follows it.
    const shown = current.text.textContent;
    const told = result.answer.startsWith(shown) ? shown : '';
    if (!told) current.text.replaceChildren();
    current.text.append(...marked(current, result.answer.slice(told.length), [], citations));
    const how = el('span', { class: 'how' }, ` ${TEXT.modes[result.mode] ?? ''}`);
    current.body.append(
      ...[
        citations.length ? el('div', {}, el('p', { class: 'h' }, TEXT.sources, how), ...citations.map(source)) : null,
        feedback(current, result),
        chips(TEXT.more, result.follow_ups),
      ].filter(Boolean),
    );
    past.push({ question: current.question, answer: result.answer });
    lastLost = null;
    toQuestion(current);
    emit('answer', result);
  };
  const feedback = (current, result) => {
    const told = el('p', { class: 'dim', role: 'status' });
    let replaces = ''; // the reason comes after its thumb: one word on one answer
    const send = async (rating, reason) => {
      try {
        const stored = await post('api/v1/feedback', {
          question: current.question,
          answer: result.answer,
          audience: current.audience,
          clauses: [...new Set((result.citations ?? []).map((citation) => citation.clause_id))],
          rating,
          reason,
          replaces,
        });
        replaces = (await stored.json()).token;
        told.textContent = TEXT.thanks;
        return true;
      } catch {
        told.textContent = TEXT.unsent;
        return false;
      }
    };
    const press = (button) => {
      for (const other of [up, down]) other.setAttribute('aria-pressed', String(other === button));
    };
    const thumb = (label, onclick) => el('button', { type: 'button', 'aria-pressed': 'false', onclick }, label);
    const up = thumb(TEXT.up, () => {
      press(up);
      why.hidden = true;
      send('up', '');
    });
    const down = thumb(TEXT.down, () => {
      press(down);
      why.hidden = false;
      reason.focus();
      send('down', ''); // the reason may never come
    });
    const reason = el('input', { 'aria-label': TEXT.why, placeholder: TEXT.why, maxlength: '500', dir: 'auto' });
    const why = el(
      'form',
      {
        hidden: true,
        onsubmit: async (event) => {
          event.preventDefault();
          if (await send('down', reason.value.trim())) {
            why.hidden = true;
            down.focus();
          }
        },
      },
      reason,
      el('button', { type: 'submit' }, TEXT.submit),
    );
    return el('div', { class: 'acts' }, up, down, told, why);
  };

  // ---------------------------------------------------------------- open and close
  const onPanelKey = (event) => {
    if (framed) return;
    if (event.key === 'Escape' && !event.isComposing) {
      event.preventDefault();
      close();
    } else if (event.key === 'Tab') {
      const stops = [...panel.querySelectorAll('button,textarea,input,a,summary,[tabindex="0"]')].filter(
        (node) => !node.matches(':disabled') && node.checkVisibility?.() !== false && node.offsetParent,
      );
      const [first, last] = [stops[0], stops.at(-1)];
      const at = shadow.activeElement;
      if (event.shiftKey ? at === first || at === title : at === last) {
        event.preventDefault();
        (event.shiftKey ? last : first).focus();
      }
    }
  };
  /** Modal over the whole screen on a phone; beside the page, which stays readable, elsewhere. */
  const present = () => {
    if (panel.open) panel.close();
    if (phone.matches && !framed) panel.showModal();
    else panel.show();
  };
  const open = () => {
    if (panel.open) return;
    const active = document.activeElement;
    returnTo = active && active !== host && active !== document.body ? active : launcher;
    launcher.setAttribute('aria-expanded', 'true');
    launcher.hidden = true;
    present();
    // On a touch screen the box would call up the keyboard over the greeting.
    (touch.matches || box.disabled ? title : box).focus();
    toEnd();
    emit('open');
    admitted();
  };
  const close = () => {
    if (!panel.open || framed) return;
    panel.close();
    launcher.hidden = false;
    launcher.setAttribute('aria-expanded', 'false');
    (returnTo?.isConnected ? returnTo : launcher).focus();
    emit('close');
  };

  phone.addEventListener('change', () => {
    if (!panel.open || framed) return;
    const at = shadow.activeElement;
    present();
    at?.focus();
  });
  visualViewport?.addEventListener('resize', () => {
    root.style.setProperty('--high', `${visualViewport.height}px`); // above a phone's keyboard
  });
  addEventListener('offline', () => warn(TEXT.offline));
  addEventListener('online', () => {
    warn('');
    turn?.wake?.();
    if (!turn && lastLost?.again?.isConnected) lastLost.again.click();
  });

  const mount = () => {
    document.documentElement.append(host);
    if (framed) {
      panel.show();
      admitted();
    } else if (host.showPopover) {
      // The top layer: no z-index, overflow or transform of the page reaches it.
      host.popover = 'manual';
      host.showPopover();
    }
    choose(audience);
    emit('ready');
  };

  Object.defineProperty(window, 'Mingbai', {
    value: Object.freeze({
      open,
      close,
      /** Opens the panel and asks. Resolves with the answer (docs/answer-json.md). */
      ask: (question) => {
        const text = String(question ?? '').trim();
        if (!text) return Promise.reject(failure('input', TEXT.label));
        open();
        return start(text);
      },
      on: (name, listener) => {
        listeners.set(name, (listeners.get(name) ?? new Set()).add(listener));
      },
      off: (name, listener) => {
        listeners.get(name)?.delete(listener);
      },
    }),
  });
  if (document.readyState === 'loading') addEventListener('DOMContentLoaded', mount, { once: true });
  else mount();
})();
