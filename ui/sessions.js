// SPDX-License-Identifier: ISC
// Who is connected, and how those have ended who are not any more.

import * as api from './api.js';
import { copyButton } from './copy.js';
import { h, setText } from './dom.js';
import { isAway } from './follow.js';
import { textControl, selectControl, field } from './forms.js';
import { link, route, setQuery } from './router.js';
import { endedOfEvents, endedOfReply, makeEnded, makeLive, showLive,
  showEnded } from './session_rows.js';
import { on, store } from './store.js';
import { count, name, plural, visible } from './text.js';
import { Windowed } from './windowed.js';

const EVERY_MS = 1000, SHARE = 10; // of our time, one part for asking
const PAGES = 16;  // of 64 each; of more one has to choose
const OFFERED = 200; // names that are offered where one is typed
const ADDRESSES = 5;

const STATES = [['', 'any state'], ['dialling', 'dialling'], ['open', 'open'],
  ['half-closed', 'half-closed'], ['draining', 'draining']];

// ---- asking

/* {sessions, isAll} */
async function askLive({ proxy, state, client }) {
  const found = [];
  let cursor = null;

  for (let page = 0; page < PAGES; page++) {
    const reply = await api.sessions(proxy, { cursor, state, client });

    found.push(...reply.sessions);
    cursor = reply.next;
    if (cursor === null)
      break;
  }
  return { sessions: found, isAll: cursor === null };
}

/* Of one proxy toxid has the last of them; of all, its events have. */
async function askEnded({ proxy, client }) {
  if (proxy === null)
    return endedOfEvents(store.events, client);
  const found = [];
  let cursor = null;

  do {
    const reply = await api.sessions(proxy, { cursor, state: 'ended', client });

    found.push(...reply.sessions);
    cursor = reply.next;
  } while (cursor !== null);
  return endedOfReply(found);
}

// ---- the parts

const chosen = (query) => ({ proxy: query.get('proxy') || null,
  state: query.get('state') ?? '', client: query.get('client') ?? '' });

function chooser() {
  const names = h('datalist', { id: 'proxy-names' });
  const fields = [
    field({ name: 'proxy', label: 'Proxy', control: textControl({
      list: 'proxy-names', placeholder: 'all', type: 'search' }) }),
    field({ name: 'client', label: 'Client', control: textControl({
      placeholder: 'any, or 10.1.2.3', type: 'search' }) }),
    field({ name: 'state', label: 'State', control: selectControl(STATES) })];
  const choose = () => setQuery(Object.fromEntries(fields.map((one) =>
    [one.name, one.read() ?? ''])));
  const shown = h('form', { class: 'chooser', role: 'search',
    onsubmit: (event) => event.preventDefault(), onchange: choose,
    onsearch: choose }, fields.map((one) => one.shown), names);

  return { shown, fields, names };
}

function listOf(label, columns, className) {
  const body = h('div', { role: 'rowgroup', class: 'rows' });
  const shown = h('div', { role: 'table', class: `board sessions ${className}`,
    'aria-label': label }, h('div', { role: 'rowgroup', class: 'heads' },
    h('div', { role: 'row', class: 'head' }, columns.map(([key, text]) =>
      h('div', { role: 'columnheader', class: `cell ${key}` }, text)))), body);

  return { shown, body };
}

const LIVE = [['proxy', 'Proxy'], ['client', 'Client'], ['state', 'State'],
  ['age', 'Age'], ['bytes', 'Bytes'], ['held', 'Held'], ['act', '']];
const ENDED = [['proxy', 'Proxy'], ['client', 'Client'], ['why', 'Why'],
  ['ended', 'Ended'], ['age', 'Lasted'], ['bytes', 'Bytes']];

/* Where to connect to */
function nobody(proxy) {
  const all = [...store.proxies.values()].map((known) => known.proxy)
    .filter((one) => proxy === null ? one.enabled : one.name === proxy);
  const off = proxy !== null && all[0]?.enabled === false;

  return [h('h3', {}, 'Nobody is connected'), h('p', {},
    off ? 'The proxy is off.' : all.length > 0 ? 'Connect a client to:' :
      ['There is nowhere to connect to: ', h('a', { href: link('overview') },
        'make a proxy'), '.']),
  !off && h('ul', { class: 'addresses' }, all.slice(0, ADDRESSES).map((one) =>
    h('li', {}, name(one.name), ' ', h('code', {}, visible(one.listen)), ' ',
      copyButton('Copy', one.listen,
        { 'aria-label': `Copy ${visible(one.listen)}` }))))];
}

// ---- the page

class Sessions {
  title = 'sessions';
  #choose = chooser();
  #fault = h('p', { class: 'fault all', role: 'alert' });
  #live = listOf('Live sessions', LIVE, 'live');
  #ended = listOf('Ended sessions', ENDED, 'ended');
  #liveCount = h('small', { class: 'figure', role: 'status' });
  #empty = h('div', { class: 'empty', hidden: true });
  #none = h('p', { class: 'empty', hidden: true });
  #emptyFor = '';
  #lists;
  #timer = 0;
  #turn = 0;
  #end;

  constructor(main) {
    main.append(h('div', { class: 'page-head' }, h('h1', {}, 'Sessions')),
      this.#choose.shown, this.#fault,
      h('section', { class: 'list' }, h('h2', {}, 'Live ', this.#liveCount),
        this.#live.shown, this.#empty),
      h('section', { class: 'list' }, h('h2', {}, 'Lately ended ',
        h('small', {}, 'otherwise than by the end of both sides')),
      this.#ended.shown, this.#none));
    this.#lists = [
      new Windowed({ body: this.#live.body, make: makeLive, update: showLive,
        keyOf: (one) => `${one.proxy}/${one.id}` }),
      new Windowed({ body: this.#ended.body, make: makeEnded,
        update: showEnded, keyOf: (one) => one.key })];
    this.#end = on('proxies', () => this.#offer());
    this.#offer();
    this.query(route());
  }

  #offer() {
    const names = [...store.proxies.keys()].slice(0, OFFERED);

    if (this.#choose.names.childElementCount === names.length)
      return;
    this.#choose.names.replaceChildren(...names.map((one) =>
      h('option', { value: one })));
  }

  query({ query }) {
    const now = chosen(query);

    for (const one of this.#choose.fields) {
      if (!one.isHeld())
        one.write(now[one.name] ?? '');
    }
    this.#again();
  }

  #again() {
    clearTimeout(this.#timer);
    this.#run(++this.#turn);
  }

  async #run(turn) {
    const begun = performance.now();

    try {
      if (!document.hidden && !isAway())
        await this.#ask(turn);
    } catch (error) {
      if (turn === this.#turn)
        this.#showFault(error);
    }
    if (turn === this.#turn)
      this.#timer = setTimeout(() => this.#run(turn),
        Math.max(EVERY_MS, SHARE * (performance.now() - begun)));
  }

  async #ask(turn) {
    const what = chosen(route().query);
    const live = await askLive(what), ended = await askEnded(what);

    if (turn !== this.#turn) // somebody has chosen others meanwhile
      return;
    setText(this.#fault, '');
    this.#showLive(live, what);
    this.#lists[1].show(ended);
    this.#none.hidden = ended.length > 0;
    setText(this.#none, 'None that is known.');
    this.#ended.shown.hidden = ended.length === 0;
  }

  /* 503: a worker was busy, and is asked again; the bar says the rest. */
  #showFault(error) {
    if (error.status === 404 || error.status === 400)
      setText(this.#fault, error.message);
    if (error.status === 404) {
      this.#showLive({ sessions: [], isAll: true }, { proxy: '' });
      this.#lists[1].show([]);
    }
  }

  #showLive({ sessions, isAll }, { proxy }) {
    const isNone = sessions.length === 0;
    const listens = proxy === null ? store.proxies.size :
      store.proxies.get(proxy)?.proxy.listen;
    const emptyFor = isNone ? `${proxy}/${listens}` : '';

    this.#lists[0].show(sessions);
    this.#live.shown.hidden = isNone;
    this.#empty.hidden = !isNone;
    setText(this.#liveCount, isNone ? '' : isAll ?
      plural(sessions.length, 'session') :
      `the first ${count(sessions.length)}: choose a proxy or a client`);
    if (isNone && emptyFor !== this.#emptyFor)
      this.#empty.replaceChildren(...nobody(proxy).filter(Boolean));
    this.#emptyFor = emptyFor;
  }

  close() {
    this.#turn = -1;
    clearTimeout(this.#timer);
    this.#lists.forEach((one) => one.close());
    this.#end();
  }
}

export const openSessions = (main) => new Sessions(main);
