// SPDX-License-Identifier: ISC
// The pages, one of which is shown: each has open(main, route), which returns
// what it has: {title, query(route), close()}.

import { byId, focusOn, h } from './dom.js';
import { openEvents } from './events_page.js';
import { begin } from './follow.js';
import { openOverview } from './overview.js';
import { openProxy } from './proxy.js';
import { link, onRoute, route } from './router.js';
import { openServer } from './server.js';
import { openSessions } from './sessions.js';
import { signIn } from './sign_in.js';
import { on, store } from './store.js';
import { showPage, showTop } from './top.js';

const PAGES = { overview: openOverview, proxy: openProxy,
  sessions: openSessions, events: openEvents, server: openServer };

const main = byId('main');
let page = null;

function openNowhere() {
  main.append(h('section', { class: 'empty' },
    h('h1', {}, 'There is no such page'),
    h('p', {}, h('a', { href: link('overview') }, 'All proxies'))));
  return { title: 'no such page' };
}

function leave() {
  page?.close?.();
  page = null;
  for (const dialog of document.querySelectorAll('dialog'))
    dialog.close(); // it is about what was shown, and in the way of all else
  main.replaceChildren();
}

function openPage() {
  const now = route();

  leave();
  page = (PAGES[now.page] ?? openNowhere)(main, now);
  document.title = now.page === 'overview' ? 'toxid' :
    `${page.title} · toxid`;
}

function moved(now, before) {
  const isSame = before !== null && now.page === before.page &&
    now.about.join('/') === before.about.join('/');

  if (store.me === null)
    return;
  if (isSame && page !== null) {
    page.query?.(now);
    return;
  }
  openPage();
  scrollTo(0, 0);
  focusOn(main.querySelector('h1') ?? main);
}

// Another caller may do something else: pages are made for one.
let shownFor = null;

function whoChanged() {
  const { me } = store;
  const now = me === null ? 'nobody' : `${me.tenant}/${me.role}/${me.token}`;

  if (now === shownFor)
    return;
  if (shownFor !== null) // what they undo would be another's
    byId('toasts').replaceChildren();
  shownFor = now;
  if (me !== null) {
    openPage();
    return;
  }
  leave();
  document.title = 'sign in · toxid';
  signIn(main, () => focusOn(main));
}

// what is behind a # is a page here, and not a place in one
document.querySelector('.skip').addEventListener('click', (event) => {
  event.preventDefault();
  focusOn(main);
});
showTop();
showPage(route());
onRoute(moved);
on('me', whoChanged);
main.append(h('p', { class: 'empty', id: 'waiting' }, 'Asking toxid …'));
begin((error) => byId('waiting')?.replaceChildren(`${error.message} …`));
