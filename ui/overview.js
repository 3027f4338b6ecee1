// SPDX-License-Identifier: ISC
// All proxies: which there are, what is on them, how they do.

import { byId, h, setAttribute, setText } from './dom.js';
import { newProxyButton, newProxyForm } from './new_proxy.js';
import { makeRow, updateRow } from './overview_row.js';
import { route, setQuery } from './router.js';
import { mayChange, on, store } from './store.js';
import { bytes, count, plural } from './text.js';
import { Windowed } from './windowed.js';

// ---- which, and in which order

const figure = (of) => (known) => known.health === null ? 0 : of(known);

// "-" before a key: the largest first.  Of two that are equal the name decides.
const ORDERS = {
  name: (known) => known.rank,
  toxics: (known) => known.proxy.toxics.length,
  sessions: figure((known) => known.health.open_sessions),
  traffic: figure((known) => (known.up || 0) + (known.down || 0)),
  failures: figure((known) => known.health.dial_failures),
  restarts: figure((known) => known.health.worker_restarts),
};

const ONLY = {
  all: ['All', () => true],
  toxics: ['With toxics', (known) => known.proxy.toxics.length > 0],
  busy: ['In use', figure((known) => known.health.open_sessions > 0)],
  failing: ['Failing', figure((known) => known.health.dial_failures > 0 ||
    known.health.worker_restarts > 0)],
  off: ['Off', (known) => !known.proxy.enabled],
};

function chosen(query) {
  const words = (query.get('filter') ?? '').toLowerCase().split(/\s+/)
    .filter(Boolean);
  const [, is] = ONLY[query.get('only')] ?? ONLY.all;

  return [...store.proxies.values()].filter((known) => is(known) &&
    words.every((word) => known.words.includes(word)));
}

function sortOf(query) {
  const text = query.get('sort') ?? 'name';
  const key = text.replace(/^-/, '');

  return Object.hasOwn(ORDERS, key) ? { key, isDown: text.startsWith('-') } :
    { key: 'name', isDown: false };
}

function sorted(all, query) {
  const { key, isDown } = sortOf(query), of = ORDERS[key];
  const sign = isDown ? -1 : 1;

  return all.map((known) => [of(known), known])
    .sort(([a, x], [b, y]) => sign * (a - b) || x.rank - y.rank)
    .map(([, known]) => known);
}

// ---- above the table

function summary() {
  const values = Object.fromEntries(['proxies', 'toxics', 'sessions', 'up',
    'down'].map((what) => [what, h('b', { class: 'figure' }, '–')]));
  const shown = h('dl', { class: 'summary' }, Object.entries(values).map(
    ([what, value]) => h('div', { class: what }, h('dt', {}, what),
      h('dd', {}, value))));

  function update() {
    const all = [...store.proxies.values()];
    const sum = (of) => all.reduce((n, known) => n + (of(known) || 0), 0);
    const isOn = all.filter((known) => known.proxy.enabled).length;

    setText(values.proxies, isOn === all.length ? count(isOn) :
      `${count(isOn)}/${count(all.length)} on`);
    setText(values.toxics, count(sum((k) => k.proxy.toxics.length)));
    setText(values.sessions, count(sum((k) => k.health?.open_sessions)));
    setText(values.up, `${bytes(sum((k) => k.up))}/s`);
    setText(values.down, `${bytes(sum((k) => k.down))}/s`);
  }
  return { shown, update };
}

function filterBar() {
  const input = h('input', { type: 'search', id: 'filter',
    placeholder: 'Filter by name, address or toxic',
    'aria-label': 'Filter by name, address or toxic',
    'aria-keyshortcuts': '/', spellcheck: 'false', autocomplete: 'off',
    value: route().query.get('filter') ?? '',
    oninput: () => setQuery({ filter: input.value }) });
  const buttons = Object.entries(ONLY).map(([key, [text]]) => h('button', {
    type: 'button', 'data-only': key,
    onclick: () => setQuery({ only: key === 'all' ? '' : key }) }, text));
  const found = h('p', { class: 'found', role: 'status' });

  return { input, found, buttons, shown: h('div', { class: 'filter' }, input,
    h('div', { class: 'segments', role: 'group', 'aria-label': 'Which' },
      buttons), found) };
}

// ---- the table

const COLUMNS = [['switch', 'On', null], ['who', 'Proxy', 'name'],
  ['toxics', 'Toxics', 'toxics'], ['sessions', 'Sessions', 'sessions'],
  ['traffic', 'Traffic', 'traffic'],
  ['failures', 'Dial failures', 'failures'],
  ['restarts', 'Restarts', 'restarts']];

/* Figures the largest first, names from A; again: the other way. */
function sortBy(key) {
  const before = sortOf(route().query);
  const isDown = before.key === key ? !before.isDown : key !== 'name';

  setQuery({ sort: `${isDown ? '-' : ''}${key}` });
}

function columnHead([column, text, key]) {
  return h('div', { role: 'columnheader', class: `cell ${column}`,
    'data-key': key }, key === null ? h('span', { class: 'unseen' }, text) :
    h('button', { type: 'button', onclick: () => sortBy(key) }, text));
}

function showSort(heads) {
  const { key, isDown } = sortOf(route().query);

  for (const head of heads)
    setAttribute(head, 'aria-sort', head.dataset.key !== key ? null :
      isDown ? 'descending' : 'ascending');
}

function table() {
  const heads = COLUMNS.map(columnHead);
  const body = h('div', { role: 'rowgroup', class: 'rows', id: 'rows' });
  const shown = h('div', { role: 'table', class: 'board proxies',
    'aria-label': 'Proxies' },
  h('div', { role: 'rowgroup', class: 'heads' },
    h('div', { role: 'row', class: 'head', 'aria-rowindex': 1 }, heads)), body);

  return { heads, body, shown };
}

// ---- by keys: "/" filters, up and down go from proxy to proxy

function moveFocus(rows, event) {
  const row = event.target.closest?.('.row');
  const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10 }[
    event.key];

  if (row === null || row === undefined || step === undefined)
    return;
  event.preventDefault();
  rows.focusOn(Number(row.getAttribute('aria-rowindex')) - 2 + step, 'a.to');
}

function keys(rows, input) {
  return (event) => {
    if (event.target.matches?.('input, textarea, select') ||
        event.ctrlKey || event.metaKey || event.altKey)
      return;
    if (event.key === '/') {
      event.preventDefault();
      input.focus();
    } else {
      moveFocus(rows, event);
    }
  };
}

// ---- the page

/* Nobody has made one yet: how that is done, here and in a terminal. */
function emptyState() {
  return h('section', { class: 'empty card' },
    h('h2', {}, 'No proxy yet'),
    h('p', {}, 'A program connects to the one address, and toxid on to the ' +
      'other. What happens on the way, you decide.'),
    mayChange() ? newProxyForm({ isFirst: true }).shown :
      h('p', {}, 'You are a reader: somebody else has to make one.'));
}

class Overview {
  title = 'proxies';
  #summary = summary();
  #filter = filterBar();
  #table = table();
  #none = h('p', { class: 'empty', hidden: true });
  #empty = null;
  #rows;
  #keys;
  #ends;

  constructor(main) {
    this.#rows = this.#windowed();
    this.#keys = keys(this.#rows, this.#filter.input);
    addEventListener('keydown', this.#keys);
    main.append(h('div', { class: 'page-head' }, h('h1', {}, 'Proxies'),
      mayChange() && newProxyButton()), this.#summary.shown,
    this.#filter.shown, this.#table.shown, this.#none);
    this.#ends = [on('proxies', () => this.#changed()),
      on('figures', () => this.#counted())];
    this.query(route());
  }

  #windowed() {
    return new Windowed({ body: this.#table.body, make: makeRow,
      update: updateRow, keyOf: (known) => known.name });
  }

  query({ query }) {
    if (this.#filter.input !== document.activeElement)
      this.#filter.input.value = query.get('filter') ?? '';
    for (const button of this.#filter.buttons)
      setAttribute(button, 'aria-pressed', String(button.dataset.only ===
        (ONLY[query.get('only')] ? query.get('only') : 'all')));
    showSort(this.#table.heads);
    this.#changed();
  }

  /* Rows do not change places under a hand that is about to press one. */
  #counted() {
    const isHeld = this.#table.body.matches(':hover, :focus-within');
    const { key } = sortOf(route().query);

    this.#summary.update();
    if (isHeld || (key === 'name' && !route().query.get('only')))
      this.#rows.show(this.#rows.items);
    else
      this.#changed();
  }

  #changed() {
    const { query } = route(), found = sorted(chosen(query), query);
    const all = store.proxies.size, isNone = all > 0 && found.length === 0;

    this.#summary.update();
    setAttribute(this.#table.shown, 'aria-rowcount', found.length + 1);
    setText(this.#filter.found, found.length === all ? plural(all, 'proxy',
      'proxies') : `${count(found.length)} of ${count(all)}`);
    this.#none.hidden = !isNone;
    setText(this.#none, isNone ? 'None of the proxies is like that.' : '');
    this.#showEmpty(store.isLoaded && all === 0);
    this.#rows.show(found);
  }

  /* What somebody types into its form stays, whatever happens meanwhile. */
  #showEmpty(isEmpty) {
    for (const one of [this.#summary.shown, this.#filter.shown,
      this.#table.shown])
      one.hidden = isEmpty;
    if (isEmpty && this.#empty === null)
      byId('main').append(this.#empty = emptyState());
    else if (!isEmpty && this.#empty !== null) {
      this.#empty.remove();
      this.#empty = null;
    }
  }

  close() {
    removeEventListener('keydown', this.#keys);
    this.#rows.close();
    this.#ends.forEach((end) => end());
  }
}

export const openOverview = (main) => new Overview(main);
