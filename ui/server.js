// SPDX-License-Identifier: ISC
// toxid itself: how it is, who does what in it, who we are to it, and what
// goes by itself.

import * as api from './api.js';
import { h, once, setAttribute, setText } from './dom.js';
import { isAway, refresh } from './follow.js';
import { leasesPart } from './leases.js';
import { mayChange, on, onAny, store } from './store.js';
import { tenantsPart } from './tenants.js';
import { bytes, clock, count, duration, visible } from './text.js';
import { failed, toast } from './toasts.js';

const EVERY_MS = 3000;

// ---- health

const TITLES = [['version', 'Version'], ['uptime', 'Up for'],
  ['proxies', 'Proxies'], ['sessions', 'Open sessions']];

function healthPart() {
  const is = h('p', { class: 'health', role: 'status' });
  const reasons = h('ul', { class: 'reasons' });
  const of = Object.fromEntries(TITLES.map(([key]) =>
    [key, h('dd', { class: 'figure' }, '–')]));
  const shown = h('section', { class: 'card' }, h('h2', {}, 'Health'), is,
    reasons, h('dl', { class: 'facts' }, TITLES.map(([key, text]) =>
      h('div', {}, h('dt', {}, text), of[key]))));

  function update({ live, ready, reasons: why, version, uptime_s: uptime,
    proxies }) {
    setText(is, ready ? 'Ready: it takes work.' : live ? 'Not ready.' :
      'Not alive: to start it again would help.');
    setAttribute(is, 'data-is', ready ? 'ready' : live ? 'unready' : 'dead');
    reasons.replaceChildren(...why.map((one) => h('li', {}, one)));
    setText(of.version, version);
    setText(of.uptime, duration(uptime * 1000));
    setText(of.proxies, `${count(proxies.enabled)} of ${
      count(proxies.total)} on`);
    setText(of.sessions, count(proxies.open_sessions));
  }
  return { shown, update };
}

// ---- roles

const DOES = { ctld: 'decides', apid: 'answers here', relayd: 'moves bytes',
  diald: 'connects to servers', resolvd: 'looks names up',
  stored: 'keeps the state', config: 'reads the configuration' };

function roleRow([role, is]) {
  const error = is.last_error;

  return h('tr', {}, h('th', { scope: 'row' }, role, h('small', {},
    ` ${DOES[role] ?? ''}`)),
  [is.running, is.starting, is.backing_off, is.restarts].map((n, i) =>
    h('td', { class: `figure ${i >= 2 && n > 0 ? 'bad' : ''}` }, count(n))),
  h('td', {}, is.retry_ms > 0 ? `again in ${duration(is.retry_ms)}` : '',
    error && [h('time', { datetime: error.time },
      `${clock(Date.parse(error.time))} `),
    error.proxy === undefined ? '' : `${visible(error.proxy)}: `,
    visible(error.text)]));
}

function rolesPart() {
  const body = h('tbody');
  const shown = h('section', { class: 'card wide' }, h('h2', {}, 'Processes'),
    h('div', { class: 'scroll', tabindex: 0, role: 'group',
      'aria-label': 'Processes' }, h('table', { class: 'roles' },
      h('thead', {}, h('tr', {}, ['Role', 'Running', 'Starting',
        'Backing off', 'Restarts', 'What last happened to one'].map((text) =>
        h('th', { scope: 'col' }, text)))), body)));
  let said = '';

  function update({ roles }) {
    const now = JSON.stringify(roles);

    if (now !== said)
      body.replaceChildren(...Object.entries(roles).map(roleRow));
    said = now;
  }
  return { shown, update };
}

// ---- who we are, and what we may have

const amount = (key, n) => /bytes|held/.test(key) ? bytes(n) :
  /_ms$/.test(key) ? duration(n) : count(n);

function limitRow([key, { limit, used, refused, range }]) {
  return h('tr', {}, h('th', { scope: 'row' }, key.replaceAll('_', ' ')),
    h('td', { class: 'figure' }, used === undefined ? '–' : amount(key, used)),
    h('td', { class: 'figure' }, range ?? amount(key, limit)),
    h('td', {}, used !== undefined && h('meter', { min: 0, max: limit,
      value: used, high: limit * 0.9,
      'aria-label': `${key.replaceAll('_', ' ')} used` })),
    h('td', { class: `figure ${refused > 0 ? 'bad' : ''}` }, count(refused)));
}

function mePart() {
  const facts = h('dl', { class: 'facts' });
  const limits = h('div');
  const shown = h('section', { class: 'card' }, h('h2', {}, 'You, and limits'),
    facts, limits);

  function update(me) {
    facts.replaceChildren(...[
      ['Tenant', me.tenant === '' ? 'there are none' : visible(me.tenant)],
      ['Role', me.role], ['Token', me.token === null ? 'none is needed' :
        visible(me.token)],
      ['It expires', me.expires === null ? 'never' : clock(me.expires)],
      ['Proxies', count(me.proxies)], ['Toxics', count(me.toxics)],
    ].map(([key, is]) => h('div', {}, h('dt', {}, key), h('dd', {}, is))));
    limits.replaceChildren(me.limits === undefined ?
      h('p', { class: 'hint' }, 'No limits are set.') :
      h('div', { class: 'scroll', tabindex: 0, role: 'group',
        'aria-label': 'Limits' }, h('table', {}, h('thead', {}, h('tr', {},
        ['Limit', 'Used', 'Of', '', 'Refused'].map((text) => h('th',
          { scope: 'col' }, text || h('span', { class: 'unseen' },
            'share'))))), h('tbody', {},
        Object.entries(me.limits).map(limitRow)))));
  }
  return { shown, update };
}

// ---- the big red button

function haltPart() {
  const says = h('p', {});
  const button = h('button', { type: 'button', disabled: !mayChange(),
    onclick: () => once(button, turn) });

  async function turn() {
    try {
      await (store.isHalted ? api.resume() : api.halt());
      toast(store.isHalted ? 'Toxics are at work again.' :
        'All toxics are off.', { seconds: 5 });
      refresh();
    } catch (error) {
      failed(error);
    }
  }
  function update() {
    setText(says, store.isHalted ?
      'All toxics are held off. They stay as they are configured.' :
      'All toxics off at once, without losing one of them.');
    setText(button, store.isHalted ? 'Resume' : 'Halt all toxics');
    setAttribute(button, 'class', store.isHalted ? 'main' : 'danger');
  }
  return { shown: h('section', { class: 'card' }, h('h2', {}, 'Halt'), says,
    h('div', { class: 'buttons' }, button)), update };
}

// ---- the page

class Server {
  title = 'server';
  #health = healthPart();
  #roles = rolesPart();
  #me = mePart();
  #halt = haltPart();
  #leases = leasesPart();
  #tenants = tenantsPart();
  #timer = 0;
  #isOpen = true;
  #ends;

  constructor(main) {
    main.append(h('div', { class: 'page-head' }, h('h1', {}, 'Server')),
      h('div', { class: 'server' }, this.#health.shown, this.#me.shown,
        this.#roles.shown, this.#halt.shown, this.#leases.shown,
        this.#tenants?.shown ?? []));
    this.#ends = [on('health', () => this.#healthChanged()),
      onAny(['proxies', 'figures'], () => this.#proxiesChanged())];
    this.#healthChanged();
    this.#proxiesChanged();
    this.#ask();
  }

  #healthChanged() {
    if (store.health === null)
      return;
    this.#health.update(store.health);
    this.#roles.update(store.health);
  }

  #proxiesChanged() {
    this.#halt.update();
    this.#leases.update();
  }

  async #ask() {
    try {
      if (!document.hidden && !isAway()) {
        this.#me.update(await api.whoAmI());
        await this.#tenants?.update();
      }
    } catch { /* the bar above says so */ }
    if (this.#isOpen)
      this.#timer = setTimeout(() => this.#ask(), EVERY_MS);
  }

  close() {
    this.#isOpen = false;
    clearTimeout(this.#timer);
    this.#ends.forEach((end) => end());
  }
}

export const openServer = (main) => new Server(main);
