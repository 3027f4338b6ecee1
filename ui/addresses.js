// SPDX-License-Identifier: ISC
// Where a proxy listens and leads to, and its end.

import { proxyAsNew } from './again.js';
import * as api from './api.js';
import { confirmed, openDialog } from './dialog.js';
import { h } from './dom.js';
import { drop, refresh } from './follow.js';
import { field, form, readAll, textControl } from './forms.js';
import { go, link } from './router.js';
import { plural, visible } from './text.js';
import { failed, toast } from './toasts.js';

async function send(before, addresses) {
  await api.changeProxy(before.name, addresses);
  refresh(before.name);
  toast(`${visible(before.name)} has other addresses.`, { undo: async () => {
    await api.changeProxy(before.name, { listen: before.listen,
      upstream: before.upstream });
    refresh(before.name);
    return `${visible(before.name)} has its addresses again.`;
  } });
}

export function editAddresses(proxy) {
  const fields = [
    field({ name: 'listen', label: 'Listens at', hint: 'host:port',
      more: ['limits.ports', 'address', 'lookup'],
      control: textControl({ value: proxy.listen }) }),
    field({ name: 'upstream', label: 'Leads to', hint: 'host:port',
      more: ['upstreams'],
      control: textControl({ value: proxy.upstream }) })];
  const dialog = openDialog({ title: 'Addresses', children: [
    h('p', {}, 'With another address all connections are closed. The toxics ' +
      'stay.'),
    form({ fields, submit: 'Change', className: 'addresses-form',
      children: h('div', { class: 'fields' }, fields.map((one) => one.shown)),
      send: async () => {
        await send(proxy, readAll(fields));
        dialog.close();
      } })] });

  fields[0].focus();
}

/* As it was, with its toxics, but for its connections. */
async function putBack(proxy, since) {
  await api.makeProxy(proxyAsNew(proxy, performance.now() - since));
  refresh(proxy.name);
  if (location.hash === link('overview'))
    go('proxy', [proxy.name]);
  return `${visible(proxy.name)} is back.`;
}

export async function deleteProxy(proxy, sessions) {
  const isSure = await confirmed({ title: `Delete ${visible(proxy.name)}?`,
    text: sessions > 0 ? `Its ${plural(sessions, 'connection')} will be ` +
      'closed.' : 'Nobody is connected.', yes: 'Delete' });

  if (!isSure)
    return;
  try {
    const is = await api.proxy(proxy.name), since = performance.now();

    await api.deleteProxy(proxy.name);
    drop(proxy.name);
    go('overview');
    toast(`${visible(proxy.name)} is deleted.`,
      { undo: () => putBack(is, since) });
  } catch (error) {
    failed(error);
  }
}
