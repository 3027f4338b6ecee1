// SPDX-License-Identifier: ISC
// One session: what each toxic does in it, and those of its own, which are
// behind its proxy's, and go with it.

import { addToxicForm } from './add_toxic.js';
import * as api from './api.js';
import { openDialog } from './dialog.js';
import { focusOn, h, setText } from './dom.js';
import { isAway } from './follow.js';
import { mayChange } from './store.js';
import { bytes, bytesBothWays, count, duration, name, visible } from
  './text.js';
import { ToxicCard } from './toxic_card.js';
import { onSession } from './toxic_place.js';

const EVERY_MS = 1000;

// ---- what there is of it

const facts = (session) => [['Client', visible(session.client ?? '–')],
  ['Server', visible(session.address ?? session.upstream)],
  ['State', session.state], ['Age', duration(session.age_ms)],
  ['Bytes', bytesBothWays(session.bytes)],
  ['Held back', bytes(session.held_bytes)]]
  .map(([key, is]) => h('div', {}, h('dt', {}, key),
    h('dd', { class: 'figure' }, is)));

// Why it is not at work, of one that has a select
const NOT_HERE = { chosen: 'not at this time', client: 'not this client',
  index: 'not this connection', toxicity: 'not drawn' };

function work(toxic) {
  const did = [toxic.delayed_bytes > 0 &&
    `${bytes(toxic.delayed_bytes)} delayed`,
  toxic.dropped_bytes > 0 && `${bytes(toxic.dropped_bytes)} dropped`,
  toxic.slices > 0 && `${count(toxic.slices)} pieces`,
  toxic.cuts > 0 && 'ended it'].filter(Boolean).join(', ');

  return h('tr', {}, h('th', { scope: 'row' }, name(toxic.name),
    toxic.own && h('small', {}, ' its own')),
  h('td', {}, toxic.stream),
  h('td', {}, toxic.active ? 'at work' : NOT_HERE[toxic.select?.decided] ??
    'not drawn'),
  h('td', {}, did || (toxic.hit ? 'has hit' : 'nothing yet')));
}

const HEADS = ['Toxic', 'Direction', 'Here', 'Has done'];

const works = (toxics) => toxics.length === 0 ?
  h('p', { class: 'hint' }, 'No toxic is on its way.') :
  h('table', {}, h('thead', {}, h('tr', {}, HEADS.map((text) =>
    h('th', { scope: 'col' }, text)))), h('tbody', {}, toxics.map(work)));

// ---- the dialog

class SessionDetail {
  #proxy;
  #id;
  #place;
  #dialog;
  #facts = h('dl', { class: 'facts' });
  #works = h('div', { class: 'scroll', tabindex: 0, role: 'group',
    'aria-label': 'What each toxic does in it' });
  #fault = h('p', { class: 'fault all', role: 'status' });
  #cards = h('div', { class: 'cards' });
  #own;
  #cardOf = new Map();
  #timer = 0;
  #turn = 0; // the last one that was asked; -1: it is closed, or over

  constructor({ proxy, id }) {
    this.#proxy = proxy;
    this.#id = id;
    this.#place = onSession(proxy, id, () => this.#again());
    this.#own = this.#ownSection();
    this.#dialog = openDialog({ title: `Session ${id}`, className: 'wide',
      children: h('div', { class: 'session-detail' }, this.#facts,
        this.#fault, this.#works, this.#own),
      ended: () => this.#stop() });
    this.#again();
  }

  #ownSection() {
    return h('section', { class: 'own' }, h('h3', {}, 'Toxics of its own'),
      h('p', { class: 'does' }, 'On this session alone, behind those of its ' +
        'proxy, and gone with it.'), this.#cards,
      mayChange() && h('section', { class: 'add' },
        h('h3', {}, 'Add one to this session'), addToxicForm(this.#place)));
  }

  // ---- asking

  #again() {
    clearTimeout(this.#timer);
    if (this.#turn >= 0)
      this.#run(++this.#turn);
  }

  #stop() {
    clearTimeout(this.#timer);
    this.#turn = -1;
  }

  async #run(turn) {
    try {
      if (!isAway())
        await this.#ask(turn);
    } catch (error) {
      if (turn === this.#turn)
        this.#showFault(error);
    }
    if (turn === this.#turn)
      this.#timer = setTimeout(() => this.#run(turn), EVERY_MS);
  }

  async #ask(turn) {
    const session = await api.session(this.#proxy, this.#id);
    // how each is set is asked for where there are any
    const own = session.toxics.some((toxic) => toxic.own) ?
      await this.#place.all() : [];

    if (turn !== this.#turn)
      return;
    setText(this.#fault, '');
    this.#facts.replaceChildren(...facts(session));
    this.#works.replaceChildren(works(session.toxics));
    this.#showOwn(own, session.toxics);
  }

  // ---- what is shown

  /* Its card, and as what it was shown; it may be another one of that name. */
  #made(toxic) {
    const before = this.#cardOf.get(toxic.name);
    const kind = `${toxic.type}/${toxic.stream}`;

    if (before?.kind === kind)
      return before;
    before?.card.shown.remove();
    const made = { card: new ToxicCard(this.#place, toxic), kind, is: '' };

    this.#cardOf.set(toxic.name, made);
    return made;
  }

  /* What somebody types, or what is wrong with it, stays while it is as it was.
   */
  #showOwn(toxics, did) {
    toxics.forEach((toxic, i) => {
      const made = this.#made(toxic), is = JSON.stringify(toxic);
      const { card } = made;

      if (is !== made.is && card.update(toxic))
        made.is = is;
      card.count(did.find((one) => one.own && one.name === toxic.name) ?? {});
      if (this.#cards.children[i] !== card.shown)
        this.#cards.insertBefore(card.shown, this.#cards.children[i] ?? null);
    });
    for (const [key, { card }] of this.#cardOf) {
      if (toxics.some((toxic) => toxic.name === key))
        continue;
      this.#cardOf.delete(key);
      this.#leave(card.shown, () => this.#own.querySelector('h3'));
    }
  }

  /* Its focus goes to what is left. */
  #leave(element, next) {
    const hadFocus = element.contains(document.activeElement);

    element.remove();
    if (hadFocus)
      focusOn(next());
  }

  #showFault(error) {
    if (error.status !== 404) {
      setText(this.#fault, error.message);
      return;
    }
    setText(this.#fault, this.#cardOf.size === 0 ? 'It is over.' :
      'It is over. Its own toxics are gone with it.');
    this.#stop();
    this.#leave(this.#own, () => this.#dialog.querySelector('h2'));
  }
}

export const openSession = (session) => new SessionDetail(session);
