// What pages gain by a script; each of them works without it.
'use strict';

const page = document.body.dataset;
const one = (query) => document.querySelector(query);
const all = (query) => [...document.querySelectorAll(query)];

// A choice among a filter's values is taken at once.
for (const choice of all('form.filters select')) {
  choice.addEventListener('change', () => choice.form.requestSubmit());
}

// ---- Whether somebody looks at the page: a key, the pointer or the scroll bar within a minute.
const BEAT = 10;
const IDLE = 60;
let moved = performance.now();
for (const kind of ['keydown', 'pointermove', 'pointerdown', 'wheel', 'scroll']) {
  addEventListener(kind, () => { moved = performance.now(); }, { passive: true, capture: true });
}
const isActive = () => document.visibilityState === 'visible'
  && performance.now() - moved < IDLE * 1000;

/** Send fields to a place of ours; whether they arrived. */
async function send(place, fields) {
  const token = one('input[name=form_token]');
  if (token === null) return false;
  const body = new URLSearchParams(fields);
  body.set('form_token', token.value);
  try {
    const reply = await fetch(place, { method: 'POST', body, redirect: 'error' });
    return reply.ok;
  } catch {
    return false;
  }
}

const caseId = page.page === 'case' ? location.pathname.split('/')[2] : null;
if (caseId !== null) {
  setInterval(() => {
    if (isActive()) send(`/cases/${caseId}/beat`, { seconds: BEAT });
  }, BEAT * 1000);
}

// ---- Drafts: what is typed is kept a moment after, and tells so.
const form = one('#judge');
if (form !== null) {
  const told = one('#kept-at');
  let waiting = 0;
  let last = '';
  const fields = () => {
    const found = new FormData(form);
    for (const name of ['form_token', 'key', 'version', 'tab', 'since']) found.delete(name);
    return new URLSearchParams(found).toString();
  };
  last = fields();
  const keep = async () => {
    waiting = 0;
    const now = fields();
    if (now === last) return;
    const kept = await send(form.dataset.draft, `${now}&quiet=1`);
    if (kept) last = now;
    told.textContent = kept
      ? `Draft kept at ${new Date().toTimeString().slice(0, 5)}`
      : 'The draft could not be kept; what you typed is on this page only.';
  };
  const later = () => {
    clearTimeout(waiting);
    waiting = setTimeout(keep, 1500);
  };
  document.addEventListener('input', (event) => {
    if (event.target.form === form) later();
  });
  document.addEventListener('change', (event) => {
    if (event.target.form === form) later();
  });
  // The accounts show what the case's outcome makes of them.
  const tell = () => {
    const chosen = form.elements.outcome.value;
    for (const choice of all('select[data-alone]')) {
      const unresolved = chosen === 'confirmed_proxy';
      choice.options[0].textContent = unresolved ? 'unresolved' : 'with the case';
    }
  };
  form.addEventListener('change', tell);
  if (form.elements.outcome.value) tell();
  form.addEventListener('submit', () => clearTimeout(waiting));
}

// ---- Many accounts are found by a part of their line.
const members = one('.tall .members');
if (members !== null) {
  const field = document.createElement('input');
  field.type = 'search';
  field.placeholder = 'Find accounts by id, tie or reason';
  field.setAttribute('aria-label', 'Find accounts');
  field.className = 'find';
  const lines = [...members.tBodies[0].rows].map((row) => (
    [row, [...row.cells].slice(0, 6).map((cell) => cell.textContent).join(' ').toLowerCase()]
  ));
  field.addEventListener('input', () => {
    const wanted = field.value.trim().toLowerCase();
    for (const [row, text] of lines) row.hidden = !text.includes(wanted);
  });
  members.closest('.scroll').before(field);
}

// ---- Keys. Single keys are off in fields, where the site or this browser turns them off.
const OFF = 'enduse.keys';
const keysAreOn = () => page.keys === 'on' && localStorage.getItem(OFF) !== 'off';

function go(place) {
  location.assign(place);
}

function press(query) {
  const button = one(query);
  if (button !== null) button.click();
  return button !== null;
}

function focusOn(query) {
  const field = one(query);
  if (field === null) return false;
  const closed = field.closest('details:not([open])');
  if (closed !== null) closed.open = true;
  field.focus();
  // What was written before goes on at its end.
  if (field.tagName === 'TEXTAREA') field.setSelectionRange(field.value.length, field.value.length);
  field.scrollIntoView({ block: 'nearest' });
  return true;
}

// Rows of a list.
const rows = () => all('tr[data-case]');
const current = () => rows().findIndex((row) => row.classList.contains('at'));

function toRow(step) {
  const found = rows();
  if (found.length === 0) return false;
  const before = current();
  const at = before < 0 ? 0 : Math.min(Math.max(before + step, 0), found.length - 1);
  for (const row of found) row.classList.remove('at');
  found[at].classList.add('at');
  found[at].querySelector('a').focus();
  found[at].scrollIntoView({ block: 'nearest' });
  return true;
}

function openRow() {
  const row = rows()[current()];
  if (row === undefined) return false;
  row.querySelector('a').click();
  return true;
}

function selectRow() {
  const box = rows()[current()]?.querySelector('input[type=checkbox]');
  if (!box) return false;
  box.click();
  return true;
}

// Panels of a case.
function nextPanel() {
  const found = all('.panel, .evidence > .pair, .evidence > section');
  const at = found.findIndex((panel) => panel.classList.contains('reached'));
  const next = found[(at + 1) % found.length];
  if (next === undefined) return false;
  if (at >= 0) found[at].classList.remove('reached');
  next.classList.add('reached');
  next.tabIndex = -1;
  next.focus({ preventScroll: true });
  next.scrollIntoView({ block: 'start' });
  return true;
}

function choose(digit) {
  const choices = all('.outcomes input');
  const choice = choices[digit - 1];
  if (choice === undefined) return false;
  choice.checked = true;
  choice.focus();
  choice.dispatchEvent(new Event('change', { bubbles: true }));
  return true;
}

/** The list of keys, over the page. */
async function help() {
  let box = one('dialog');
  if (box === null) {
    const reply = await fetch('/help/keys');
    if (!reply.ok) return go('/help/keys');
    const told = new DOMParser().parseFromString(await reply.text(), 'text/html');
    box = document.createElement('dialog');
    box.setAttribute('aria-label', 'Keys');
    const head = document.createElement('h2');
    head.textContent = 'Keys';
    box.append(head, document.adoptNode(told.querySelector('.keylist')), toggle(), closing(box));
    document.body.append(box);
  }
  return box.showModal();
}

function toggle() {
  const button = document.createElement('button');
  button.type = 'button';
  const name = () => {
    const on = localStorage.getItem(OFF) !== 'off';
    button.textContent = on ? 'Turn keys off in this browser' : 'Turn keys on in this browser';
  };
  button.addEventListener('click', () => {
    if (localStorage.getItem(OFF) === 'off') localStorage.removeItem(OFF);
    else localStorage.setItem(OFF, 'off');
    name();
  });
  name();
  return button;
}

function closing(box) {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'quiet';
  button.textContent = 'Close';
  button.addEventListener('click', () => box.close());
  return button;
}

if (page.page === 'keys' && page.keys === 'on') {
  one('#keys-off').replaceChildren(toggle());
  one('#keys-off').hidden = false;
}

const PLACES = {
  q: '/queue', m: '/queue?tab=mine', s: '/second', a: '/queue?tab=appeals',
};
const ANYWHERE = {
  m: () => go(PLACES.m),
  z: () => press('#do-undo'),
};
const ON_PAGE = {
  case: {
    u: () => press('#back'),
    c: () => press('#do-claim'),
    '.': () => focusOn('section.changed'),
    '[': () => press('#older'),
    ']': () => press('#newer'),
    p: nextPanel,
    n: () => focusOn('#f-note'),
    a: () => focusOn('#f-question'),
    h: () => focusOn('#f-days'),
  },
  queue: {
    j: () => toRow(1),
    k: () => toRow(-1),
    o: openRow,
    x: selectRow,
    '/': () => focusOn('.filters input:not([type=hidden])'),
    h: () => focusOn('#f-days'),
  },
};

let afterG = 0;
function single(key) {
  if (performance.now() - afterG < 1500) {
    afterG = 0;
    if (key in PLACES) {
      go(PLACES[key]);
      return true;
    }
  }
  if (key === 'g') {
    afterG = performance.now();
    return true;
  }
  if (page.page === 'case' && /^[1-9]$/.test(key)) return choose(Number(key));
  const act = ON_PAGE[page.page]?.[key] ?? ANYWHERE[key];
  return act === undefined ? false : act() !== false;
}

function isTyping(target) {
  if (target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement) return true;
  const typed = target instanceof HTMLInputElement;
  return typed && !['checkbox', 'radio', 'button', 'submit'].includes(target.type);
}

addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
    // A field of another form stores that form; everywhere else it is the judgement.
    const its = event.target.form ?? form;
    if (its !== null && its.method === 'post') {
      event.preventDefault();
      its.requestSubmit();
    }
    return;
  }
  if (event.key === 'Escape' && isTyping(event.target)) {
    event.target.blur();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (isTyping(event.target) || !keysAreOn() || one('dialog[open]') !== null) return;
  if (event.key === '?') {
    event.preventDefault();
    help();
    return;
  }
  if (single(event.key)) event.preventDefault();
});
