// SPDX-License-Identifier: ISC
// One proxy: its wire, the weather on it, and how it does.

import { addToxicForm } from './add_toxic.js';
import { deleteProxy, editAddresses } from './addresses.js';
import { asNew, isOfScenario, proxyAsNew } from './again.js';
import { Charts, Sampler } from './charts.js';
import { ConnectForm } from './connect_form.js';
import { connectCommand, copyButton, createCommand, curl, profileCommand,
  toxicCommand } from './copy.js';
import { focusOn, h, setClass, setText } from './dom.js';
import { powerSwitch, showPower } from './overview_row.js';
import { ProfileForm, profileAsApplied } from './profile_form.js';
import { link } from './router.js';
import { ScenarioCard } from './scenario_card.js';
import { ScenarioForm } from './scenario_form.js';
import { left, mayChange, on, store, timeOf } from './store.js';
import { ago, bytes, clock, count, duration, name, rate, visible } from
  './text.js';
import { ToxicCard, chainCount } from './toxic_card.js';
import { onProxy } from './toxic_place.js';
import { isOfProfile } from './weather.js';
import { Wire } from './wire.js';

const CHANGES = 8; // that are listed beside the charts

// ---- what can be copied

function commands(proxy) {
  const profile = profileAsApplied(proxy);
  const toxics = proxy.toxics.filter((toxic) => !isOfScenario(toxic) &&
    !(profile !== null && isOfProfile(toxic)));

  return [createCommand(proxy),
    ...proxy.connect ? [connectCommand(proxy.name, proxy.connect)] : [],
    ...toxics.map((toxic) => toxicCommand(proxy.name, asNew(toxic))),
    ...profile === null ? [] : [profileCommand(proxy.name, profile)]]
    .join('\n');
}

// ---- facts

const FACTS = [['listen', 'Listens at'], ['upstream', 'Leads to'],
  ['sessions', 'Sessions'], ['up', '↑ Up'], ['down', '↓ Down'],
  ['held', 'Held back'], ['failures', 'Dial failures'],
  ['restarts', 'Restarts'], ['lease', 'Lease']];

class Facts {
  #of = Object.fromEntries(FACTS.map(([key]) =>
    [key, h('span', { class: 'figure' }, '–')]));
  #lease;

  constructor(proxyName, listen) {
    const { sessions } = this.#of;

    this.shown = h('dl', { class: 'facts' }, FACTS.map(([key, text]) =>
      h('div', { class: key }, h('dt', {}, text), h('dd', {},
        key === 'sessions' ? h('a', { href: link('sessions', [],
          { proxy: proxyName }) }, sessions) : this.#of[key],
        key === 'listen' && copyButton('Copy', listen,
          { 'aria-label': 'Copy the address' })))));
    this.#lease = this.shown.querySelector('.lease');
  }

  made(known) {
    const ms = left(known, known.proxy);

    setText(this.#of.listen, visible(known.proxy.listen));
    setText(this.#of.upstream, visible(known.proxy.upstream));
    this.#lease.hidden = ms === null;
    setText(this.#of.lease, ms === null ? '' : `gone in ${duration(ms)}`);
  }

  counted(health, rates) {
    setText(this.#of.sessions,
      `${count(health.open_sessions)} of ${count(health.sessions)}`);
    setText(this.#of.up, rates === null ? '–' : rate(rates.up));
    setText(this.#of.down, rates === null ? '–' : rate(rates.down));
    setText(this.#of.held, bytes(health.held_bytes));
    setText(this.#of.failures, count(health.dial_failures));
    setText(this.#of.restarts, count(health.worker_restarts));
    setClass(this.#of.failures, 'bad', health.dial_failures > 0);
    setClass(this.#of.restarts, 'bad', health.worker_restarts > 0);
  }
}

// ---- the page

class ProxyPage {
  #name;
  #place; // of its toxics
  #health = null;
  #shows = ''; // "asking", "none" or "proxy"
  #facts;
  #power = powerSwitch(() => this.#known.proxy);
  #wire = new Wire((toxic) => this.#cards.get(toxic)?.focus());
  #cards = new Map();
  #chains = {};
  #counts = {};
  #connect;
  #profile = null;
  #scenario;
  #dial = h('p', { class: 'dial', hidden: true });
  #changes = h('ol', { class: 'changes' });
  #sampler;
  #charts;
  #main;
  #ends;
  #wanted; // a toxic that a link has named

  constructor(main, { about, query }) {
    this.#main = main;
    this.#name = about[0] ?? '';
    this.#place = onProxy(this.#name);
    this.title = visible(this.#name);
    this.#wanted = query.get('toxic');
    this.#facts = new Facts(this.#name, () => this.#known.proxy.listen);
    this.#sampler = new Sampler(this.#name,
      (...counted) => this.#counted(...counted));
    this.#charts = new Charts(this.#name, this.#sampler.history);
    this.#ends = [on('proxies', () => this.#changed()),
      on('events', () => this.#showCharts())];
    this.#changed();
  }

  get #known() {
    return store.proxies.get(this.#name);
  }

  query({ query }) {
    this.#wanted = query.get('toxic');
    this.#showWanted();
  }

  #changed() {
    const before = this.#shows;

    this.#shows = this.#known !== undefined ? 'proxy' :
      store.isLoaded ? 'none' : 'asking';
    if (this.#shows !== 'proxy') {
      if (this.#shows !== before)
        this.#showNone();
      return;
    }
    if (before !== 'proxy')
      this.#make();
    showPower(this.#power, this.#known.proxy);
    this.#facts.made(this.#known);
    this.#wire.show(this.#known.proxy);
    this.#connect.update(this.#known.proxy.connect);
    this.#profile.update(this.#known.proxy);
    this.#scenario.update(this.#known.proxy);
    this.#showToxics();
    this.#showCharts();
    this.#showWanted();
  }

  /* Who is at the head of the page is at that of what is there now. */
  #replace(...children) {
    const hadFocus = this.#main.contains(document.activeElement);

    this.#main.replaceChildren(...children);
    if (hadFocus)
      focusOn(this.#main.querySelector('h1'));
  }

  #showNone() {
    this.#replace(h('section', { class: 'empty card' },
      h('h1', {}, store.isLoaded ? ['There is no proxy ', name(this.#name)] :
        'Asking toxid …'),
      store.isLoaded && h('p', {}, 'It may have been deleted, or its lease ' +
        'has ended: ', h('a', { href: link('events', [],
        { filter: this.#name }) }, 'events of it'), ', ',
      h('a', { href: link('overview') }, 'all proxies'), '.')));
  }

  #make() {
    this.#cards.clear();
    this.#connect = new ConnectForm(this.#name);
    this.#profile?.close();
    this.#profile = new ProfileForm(this.#name);
    const begin = mayChange() ? new ScenarioForm(this.#name) : null;

    this.#scenario = new ScenarioCard(this.#name, (one) => begin.edit(one));
    this.#replace(this.#head(), this.#facts.shown, this.#dial,
      h('section', { class: 'card', 'aria-label': 'Wire' },
        this.#wire.shown),
      h('div', { class: 'chains' }, this.#chain('upstream',
        '↑ Upstream', 'from client to server'), this.#chain('downstream',
        '↓ Downstream', 'from server to client')),
      ...mayChange() ? [h('section', { class: 'card', id: 'add' },
        h('h2', {}, 'Add a toxic'), addToxicForm(this.#place))] : [],
      this.#scenario.shown, ...begin ? [begin.shown] : [],
      this.#profile.shown, this.#connect.shown,
      h('section', { class: 'card' }, h('h2', {}, 'The last five minutes'),
        this.#charts.shown, h('h3', {}, 'Changes'), this.#changes));
  }

  #head() {
    return h('div', { class: 'page-head' },
      h('a', { class: 'back', href: link('overview') }, 'Proxies'),
      h('h1', {}, name(this.#name)), this.#power,
      h('div', { class: 'buttons' },
        copyButton('Copy as curl', () => curl('POST', 'proxies',
          proxyAsNew(this.#known.proxy))),
        copyButton('Copy as toxictl', () => commands(this.#known.proxy)),
        mayChange() && [
          h('button', { type: 'button',
            onclick: () => editAddresses(this.#known.proxy) }, 'Addresses'),
          h('button', { type: 'button', class: 'danger',
            onclick: () => deleteProxy(this.#known.proxy,
              this.#health?.open_sessions ?? 0) }, 'Delete')]));
  }

  #chain(stream, title, says) {
    this.#chains[stream] = h('div', { class: 'cards' });
    this.#counts[stream] = h('span', { class: 'figure' });
    return h('section', { class: `chain ${stream}` }, h('h2', {}, title, ' ',
      h('small', {}, says, ', ', this.#counts[stream])),
    this.#chains[stream]);
  }

  // ---- toxics

  #card(toxic) {
    let card = this.#cards.get(toxic.name);

    // it may be another one of that name
    if (card !== undefined && card.type !== `${toxic.type}/${toxic.stream}`) {
      card.shown.remove();
      card = undefined;
    }
    if (card === undefined) {
      card = new ToxicCard(this.#place, toxic);
      card.type = `${toxic.type}/${toxic.stream}`;
      this.#cards.set(toxic.name, card);
    }
    return card;
  }

  /* A card is moved only where it is not in its place: it may be in use. */
  #showToxics() {
    const { toxics } = this.#known.proxy;

    for (const [stream, place] of Object.entries(this.#chains)) {
      const all = toxics.filter((toxic) => toxic.stream === stream);

      all.forEach((toxic, i) => {
        const card = this.#card(toxic);

        card.update(toxic, this.#known);
        if (place.children[i] !== card.shown)
          place.insertBefore(card.shown, place.children[i] ?? null);
      });
      setText(this.#counts[stream], chainCount(all.length));
    }
    this.#dropCards(toxics);
  }

  #dropCards(toxics) {
    for (const [key, card] of this.#cards) {
      if (toxics.some((toxic) => toxic.name === key))
        continue;
      const section = card.shown.closest('section');
      const hadFocus = card.shown.contains(document.activeElement);

      card.shown.remove();
      this.#cards.delete(key);
      if (hadFocus) // or a screen reader would begin at the top
        focusOn(section.querySelector('h2'));
    }
  }

  #showWanted() {
    const card = this.#wanted && this.#cards.get(this.#wanted);

    if (!card)
      return;
    this.#wanted = null;
    requestAnimationFrame(() => card.focus());
  }

  // ---- figures

  #counted(health, stats, rates) {
    if (this.#shows !== 'proxy')
      return;
    this.#health = health;
    this.#facts.counted(health, rates);
    this.#facts.made(this.#known);
    this.#scenario.tick();
    if (rates !== null)
      this.#wire.flow(rates.up, rates.down);
    for (const toxic of stats.toxics)
      this.#cards.get(toxic.name)?.count(toxic);
    for (const toxic of this.#known.proxy.toxics)
      this.#cards.get(toxic.name)?.update(toxic, this.#known);
    this.#showDial(health);
    this.#showCharts();
  }

  #showDial({ last_dial_error: error, dial_failures: failures }) {
    this.#dial.hidden = error === null;
    setText(this.#dial, error === null ? '' :
      `The server could not be reached ${failures === 1 ? 'once' :
        `${count(failures)} times`}, last ${ago(Date.now() +
        store.clockAhead - Date.parse(error.time))}: ${error.text}`);
  }

  #showCharts() {
    const marks = this.#charts.show().slice(-CHANGES).reverse();
    const last = marks[0]?.event.id ?? 'none';

    if (this.#changes.dataset.last === String(last))
      return;
    this.#changes.dataset.last = last;
    this.#changes.replaceChildren(...marks.map(({ event, text }) => h('li', {},
      h('time', {}, clock(timeOf(event))), ' ', text)));
    if (marks.length === 0)
      this.#changes.append(h('li', { class: 'hint' }, 'None that is known.'));
  }

  close() {
    this.#sampler.close();
    this.#charts.close();
    this.#wire.close();
    this.#profile?.close();
    this.#ends.forEach((end) => end());
  }
}

export const openProxy = (main, now) => new ProxyPage(main, now);
