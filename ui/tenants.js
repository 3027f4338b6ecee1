// SPDX-License-Identifier: ISC
// For an administrator: which tenants have something here, and acting for one.

import * as api from './api.js';
import { h } from './dom.js';
import { actFor } from './follow.js';
import { field, form, textControl } from './forms.js';
import { store } from './store.js';
import { count, name } from './text.js';
import { failed } from './toasts.js';

/* {tenant: {proxies, toxics}}, of keys "tenant/name": none has a "/" */
function tally(proxies) {
  const found = new Map();

  for (const [key, proxy] of Object.entries(proxies)) {
    const tenant = key.slice(0, key.indexOf('/'));
    const is = found.get(tenant) ?? { proxies: 0, toxics: 0 };

    is.proxies++;
    is.toxics += proxy.toxics.length;
    found.set(tenant, is);
  }
  return found;
}

async function act(tenant) {
  try {
    await actFor(tenant);
  } catch (error) {
    failed(error);
  }
}

function row([tenant, { proxies, toxics }], halted) {
  const isOwn = tenant === store.me?.tenant;

  return h('tr', {}, h('th', { scope: 'row' }, tenant === '' ?
    'without a name' : name(tenant)),
  h('td', { class: 'figure' }, count(proxies)),
  h('td', { class: 'figure' }, count(toxics)),
  h('td', {}, halted.includes(tenant) ? 'halted' : ''),
  h('td', { class: 'act' }, isOwn ? 'shown here' : h('button', {
    type: 'button', onclick: () => act(tenant) }, 'Act for it')));
}

/* One that has nothing yet is in no list. */
function otherForm() {
  const tenant = field({ name: 'tenant', label: 'Another',
    control: textControl({ placeholder: 'its name' }) });

  return form({ fields: [tenant], submit: 'Act for it', className: 'other',
    children: tenant.shown, send: () => actFor(tenant.read() ?? '') });
}

/** null: there are none, or we are no administrator */
export function tenantsPart() {
  if (store.me?.role !== 'admin' || store.me.token === null ||
      store.me.tenant === '')
    return null;
  const body = h('tbody');
  let said = '';
  const shown = h('section', { class: 'card' }, h('h2', {}, 'Tenants'),
    h('div', { class: 'scroll', tabindex: 0, role: 'group',
      'aria-label': 'Tenants' }, h('table', { class: 'tenants' },
      h('thead', {}, h('tr', {}, ['Tenant', 'Proxies', 'Toxics', 'Halted', '']
        .map((text) => h('th', { scope: 'col' }, text || h('span',
          { class: 'unseen' }, 'acting'))))), body)), otherForm());

  async function update() {
    const [proxies, { tenants: halted }] = await Promise.all(
      [api.proxies('*'), api.halted()]);
    const found = tally(proxies);

    if (!found.has(store.me.tenant))
      found.set(store.me.tenant, { proxies: 0, toxics: 0 });
    const all = [...found].sort(([a], [b]) => a < b ? -1 : 1);
    const now = JSON.stringify([all, halted, store.me.tenant]);

    if (now !== said)
      body.replaceChildren(...all.map((one) => row(one, halted)));
    said = now;
  }
  return { shown, update };
}
