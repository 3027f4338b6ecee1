// SPDX-License-Identifier: ISC
// What happens, the newest first.

import { h, setAttribute, setText } from './dom.js';
import { route, setQuery } from './router.js';
import { on, store, timeOf } from './store.js';
import { clock, count, plural } from './text.js';
import { Windowed } from './windowed.js';
import { GROUPS, details, groupOf, isBad, sentence, sentenceText } from
  './words.js';

// ---- a row

function makeEvent(event) {
  const more = details(event);

  return h('div', { role: 'listitem', class: `row ${groupOf(event)} ${
    isBad(event) ? 'bad' : ''}` },
  h('time', { class: 'figure', datetime: event.at }, clock(timeOf(event))),
  h('span', { class: 'kind' }, event.event.replaceAll('_', ' ')),
  h('span', { class: 'text', title: sentenceText(event) }, sentence(event)),
  h('span', { class: 'more', title: more }, more));
}

// ---- which

const wordsOf = new WeakMap(); // an event never changes

function words(event) {
  if (!wordsOf.has(event))
    wordsOf.set(event, [event.event, event.event.replaceAll('_', ' '),
      sentenceText(event), details(event)].join('\n').toLowerCase());
  return wordsOf.get(event);
}

function chosen(events, query) {
  const groups = (query.get('kinds') ?? '').split(',').filter(Boolean);
  const wanted = (query.get('filter') ?? '').toLowerCase().split(/\s+/)
    .filter(Boolean);

  return events.filter((event) =>
    (groups.length === 0 || groups.includes(groupOf(event))) &&
    wanted.every((word) => words(event).includes(word))).reverse();
}

// ---- the page

class Events {
  title = 'events';
  #paused = null; // the events that were there when it was
  #list = h('div', { role: 'list', class: 'rows', 'aria-label': 'Events' });
  #found = h('p', { class: 'found' });
  #none = h('p', { class: 'empty', hidden: true });
  #input;
  #buttons;
  #pause;
  #rows;
  #end;

  constructor(main) {
    this.#input = this.#filterInput();
    this.#buttons = this.#groupButtons();
    this.#pause = h('button', { type: 'button', id: 'pause',
      'aria-pressed': 'false', onclick: () => this.#turn() }, 'Pause');
    main.append(h('div', { class: 'page-head' }, h('h1', {}, 'Events'),
      this.#pause), h('div', { class: 'filter' }, this.#input,
      h('div', { class: 'segments', role: 'group', 'aria-label': 'Kinds' },
        this.#buttons), this.#found),
    h('div', { class: 'board events' }, this.#list), this.#none);
    this.#rows = new Windowed({ body: this.#list, make: makeEvent,
      update: (row, event, i) => setAttribute(row, 'aria-posinset', i + 1),
      keyOf: (event) => event.id });
    this.#end = on('events', () => this.#changed());
    this.query(route());
  }

  #filterInput() {
    return h('input', { type: 'search', id: 'event-filter',
      placeholder: 'Filter by any word', 'aria-label': 'Filter by any word',
      spellcheck: 'false', autocomplete: 'off',
      oninput: () => setQuery({ filter: this.#input.value }) });
  }

  #groupButtons() {
    return Object.entries(GROUPS).map(([key, text]) => h('button', {
      type: 'button', 'data-kind': key, onclick: () => {
        const now = new Set((route().query.get('kinds') ?? '').split(',')
          .filter(Boolean));

        if (!now.delete(key))
          now.add(key);
        setQuery({ kinds: [...now].join(',') });
      } }, text));
  }

  query({ query }) {
    const kinds = (query.get('kinds') ?? '').split(',');

    if (this.#input !== document.activeElement)
      this.#input.value = query.get('filter') ?? '';
    for (const button of this.#buttons)
      setAttribute(button, 'aria-pressed',
        String(kinds.includes(button.dataset.kind)));
    this.#changed();
  }

  #turn() {
    this.#paused = this.#paused === null ? [...store.events] : null;
    setAttribute(this.#pause, 'aria-pressed', String(this.#paused !== null));
    this.#changed();
  }

  /* Since it was paused; the list forgets the oldest. */
  #since() {
    const last = this.#paused.at(-1)?.id ?? 0;

    return store.events.filter((event) => event.id > last).length;
  }

  #changed() {
    const all = this.#paused ?? store.events;
    const found = chosen(all, route().query);

    setText(this.#pause, this.#paused === null ? 'Pause' :
      `Go on (${count(this.#since())} new)`);
    setText(this.#found, found.length === all.length ?
      plural(all.length, 'event') :
      `${count(found.length)} of ${count(all.length)}`);
    this.#none.hidden = found.length > 0;
    this.#list.parentElement.hidden = found.length === 0;
    setText(this.#none, all.length === 0 ? 'Nothing has happened yet. What ' +
      'does, is here at once.' : 'No event is like that.');
    this.#show(found);
  }

  /* Who reads further down goes on reading, whatever comes above it. */
  #show(found) {
    const first = this.#rows.items[0];
    const isBelow = this.#list.getBoundingClientRect().top < 0;
    const above = isBelow && first !== undefined ? found.indexOf(first) : 0;

    if (above > 0)
      this.#rows.showBelow(found, above);
    else
      this.#rows.show(found);
  }

  close() {
    this.#rows.close();
    this.#end();
  }
}

export const openEvents = (main) => new Events(main);
