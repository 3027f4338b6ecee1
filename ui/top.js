// SPDX-License-Identifier: ISC
// The bar above all pages: where to go, who we are, whether what is shown is
// true at this moment, and the button that ends all weather.

import * as api from './api.js';
import { allClear, forgetCleared, undoOfBefore } from './clear.js';
import { byId, h, once, s, setAttribute, setClass, setText, speak } from
  './dom.js';
import { refresh } from './follow.js';
import { link, onRoute } from './router.js';
import { signOut } from './sign_in.js';
import { mayChange, on, onAny, store } from './store.js';
import { ago, visible } from './text.js';
import { failed, toast } from './toasts.js';

const PAGES = [['overview', 'Overview'], ['sessions', 'Sessions'],
  ['events', 'Events'], ['server', 'Server']];

// ---- the parts

function mark() {
  return s('svg', { class: 'mark', viewBox: '0 0 32 32',
    'aria-hidden': 'true' },
  s('path', { class: 'cloud', d: 'M10.5 14a4 4 0 0 1 .6-8 5.5 5.5 0 0 1 10.6 ' +
    '1.4A3.4 3.4 0 0 1 21.5 14z' }),
  s('path', { class: 'line', d: 'M2 23h7l3-3 4 6 4-6 3 3h7' }));
}

const links = PAGES.map(([page, text]) =>
  h('a', { href: link(page), 'data-page': page }, text));
const state = h('span', { class: 'state' });
const since = h('span', { class: 'since' });
const connection = h('p', { id: 'connection' },
  h('i', { class: 'dot' }), since, state);
const who = h('p', { id: 'who' });
const version = h('small', { class: 'version' });
const clearButton = h('button', { id: 'all-clear', type: 'button',
  title: 'Remove all toxics and enable every proxy',
  onclick: () => once(clearButton, clear) },
'All clear');
const undoButton = h('button', { id: 'undo-clear', type: 'button',
  hidden: true }, 'Undo all clear');

// ---- all clear

let undo = null;

/* Until somebody uses it, or clears again: it is pinned beside the button,
 * and is there again when the page is loaded again. */
function keepUndo(f) {
  undo = f;
  undoButton.hidden = f === undefined;
}

async function clear() {
  try {
    const done = await allClear();

    keepUndo(done.undo);
    toast(done.text, { seconds: 6 });
  } catch (error) {
    keepUndo(error.undo);
    failed(error);
  }
  refresh();
}

async function putBack() {
  speak('Putting back what there was.');
  try {
    toast(await undo());
    forgetCleared();
    keepUndo(undefined);
    clearButton.focus();
  } catch (error) {
    toast(`Not all put back: ${error.message}`, { kind: 'failed' });
  }
  refresh();
}

undoButton.addEventListener('click', () => once(undoButton, putBack));

// ---- the connection

const WORDS = { connecting: 'connecting', live: 'live', lost: 'trying again',
  refused: 'not signed in' };
let spoken = 'connecting';

function showConnection() {
  const { state: is, lastSeen, why } = store.connection;
  const isBad = is === 'lost';

  setAttribute(connection, 'data-state', is);
  setText(since, isBad && lastSeen !== null ?
    `last seen ${ago(performance.now() - lastSeen)}, ` : '');
  setText(state, is === 'refused' && why !== 'sign in' ? why : WORDS[is]);
  setClass(document.body, 'stale', isBad);
  if (is !== spoken && (isBad || spoken === 'lost'))
    speak(isBad ? 'toxid does not answer; trying again.' :
      'toxid answers again.');
  spoken = is;
}

// ---- who

function showWho() {
  const { me } = store;
  const isKnown = me !== null && (me.tenant !== '' || me.token !== null ||
    api.token() !== null);

  who.hidden = !isKnown;
  who.replaceChildren();
  clearButton.disabled = !mayChange();
  clearButton.hidden = me === null;
  keepUndo(mayChange() ? undoOfBefore() : undefined);
  setClass(document.body, 'reader', me !== null && !mayChange());
  if (!isKnown)
    return;
  who.append(h('bdi', {}, visible(me.tenant || me.token || 'token')), ' ',
    h('span', { class: 'role' }, me.role === 'reader' ?
      'reader: may look' : me.role));
  if (api.token() !== null)
    who.append(h('button', { type: 'button', class: 'quiet',
      onclick: signOut }, 'Sign out'));
}

function showPage({ page }) {
  const shown = page === 'proxy' ? 'overview' : page;

  for (const one of links)
    setAttribute(one, 'aria-current', one.dataset.page === shown ?
      'page' : null);
}

// ---- what stands above the page: toxics are off, health

function notice(kind, children) {
  return h('div', { class: `notice ${kind}`, role: 'status' }, children);
}

async function resume() {
  try {
    const { halted } = await api.resume();

    toast(halted ? 'Yours are resumed; somebody has halted all.' :
      'Toxics are at work again.');
    refresh();
  } catch (error) {
    failed(error);
  }
}

let said = '';

/* One that is another than at first: the page may be of an earlier one. */
function showVersion({ version: now }) {
  if (version.textContent !== '' && version.textContent !== now)
    toast(`toxid is ${now} now: this page is of ${version.textContent}, and ` +
      'may be loaded again.', { seconds: 60 });
  setText(version, now);
}

function showNotices() {
  const { health, isHalted } = store;
  const reasons = health !== null && !health.ready ? health.reasons : [];
  const now = JSON.stringify([isHalted, reasons, mayChange()]);

  if (now === said)
    return;
  said = now;
  byId('notices').replaceChildren(...[
    isHalted && notice('halted', [
      h('strong', {}, 'Halted.'), ' All toxics are held off; proxies pass. ',
      mayChange() && h('button', { type: 'button', onclick: (event) =>
        once(event.currentTarget, resume) }, 'Resume')]),
    reasons.length > 0 && notice('ill', [
      h('strong', {}, 'Not ready: '), reasons.join('; '), '. ',
      h('a', { href: link('server') }, 'What each process does')]),
  ].filter(Boolean));
}

export function showTop() {
  byId('top').append(
    h('a', { class: 'brand', href: link('overview') }, mark(), 'toxid ',
      version),
    h('nav', { 'aria-label': 'Pages' }, links),
    connection, who,
    h('div', { class: 'clear' }, undoButton, clearButton));
  on('connection', showConnection);
  on('health', () => showVersion(store.health));
  on('me', showWho);
  onAny(['health', 'proxies', 'me'], showNotices);
  setInterval(showConnection, 1000);
  onRoute(showPage);
  showConnection();
  showWho();
}

export { showPage };
