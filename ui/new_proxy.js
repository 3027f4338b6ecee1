// SPDX-License-Identifier: ISC
// Making a proxy.

import * as api from './api.js';
import { copyButton, createCommand, curl } from './copy.js';
import { openDialog } from './dialog.js';
import { h } from './dom.js';
import { drop, refresh } from './follow.js';
import { field, form, readAll, textControl } from './forms.js';
import { go } from './router.js';
import { putProxy } from './store.js';
import { visible } from './text.js';
import { toast } from './toasts.js';

/* As an example, which works where a Redis is at home. */
const FIRST = { name: 'redis', listen: '127.0.0.1:26379',
  upstream: '127.0.0.1:6379' };

const fieldsOf = (first) => [
  field({ name: 'name', label: 'Name',
    more: ['limits.proxies', 'proxy already exists'], hint: 'up to 255 bytes',
    control: textControl({ value: first?.name ?? '' }) }),
  field({ name: 'listen', label: 'Listens at',
    more: ['limits.ports', 'address', 'lookup'],
    hint: 'host:port; port 0 is a free one',
    control: textControl({ value: first?.listen ?? '127.0.0.1:0' }) }),
  field({ name: 'upstream', label: 'Leads to', more: ['upstreams'],
    hint: 'host:port, looked up for every connection',
    control: textControl({ value: first?.upstream ?? '' }) }),
];

async function make(body) {
  const proxy = await api.makeProxy(body);

  putProxy(proxy); // its page has it
  refresh(proxy.name);
  go('proxy', [proxy.name]);
  toast(`${visible(proxy.name)} listens at ${visible(proxy.listen)}.`, {
    undo: async () => {
      await api.deleteProxy(proxy.name);
      drop(proxy.name);
      go('overview');
      return `${visible(proxy.name)} is gone again.`;
    } });
}

/* It has the name: now it has these addresses, too. */
async function change({ name, ...addresses }) {
  const before = await api.proxy(name);

  await api.changeProxy(name, addresses);
  refresh(name);
  go('proxy', [name]);
  toast(`${visible(name)} is changed.`, { undo: async () => {
    await api.changeProxy(name, { listen: before.listen,
      upstream: before.upstream });
    refresh(name);
    return `${visible(name)} is as it was.`;
  } });
}

/** isFirst: with an example in it, and the command that does the same */
export function newProxyForm({ isFirst = false, done } = {}) {
  const fields = fieldsOf(isFirst ? FIRST : null);
  const body = () => readAll(fields);
  const command = h('code', { class: 'command', tabindex: '0', role: 'group',
    'aria-label': 'The same by curl' });
  const showCommand = () => {
    command.textContent = curl('POST', 'proxies', body());
  };
  const shown = form({ fields, submit: 'Make it', className: 'new-proxy',
    send: () => make(body()).then(() => done?.()),
    instead: () => change(body()).then(() => done?.()),
    children: [h('div', { class: 'fields' }, fields.map((one) => one.shown)),
      h('div', { class: 'commands' }, isFirst && command,
        copyButton('Copy as curl', () => curl('POST', 'proxies', body())),
        copyButton('Copy as toxictl', () => createCommand({ name: '',
          listen: '', upstream: '', ...body() })))] });

  shown.addEventListener('input', showCommand);
  showCommand();
  return { shown, focus: () => fields[0].focus() };
}

function openForm() {
  const made = newProxyForm({ done: () => dialog.close() });
  const dialog = openDialog({ title: 'New proxy', children: made.shown });

  made.focus();
}

export const newProxyButton = () => h('button', { type: 'button',
  class: 'main', id: 'new-proxy', onclick: openForm }, 'New proxy');
