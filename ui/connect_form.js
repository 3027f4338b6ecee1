// SPDX-License-Identifier: ISC
// A proxy's connect is taken whole: it is set when its form is sent, and not
// field by field, or clients would meet what nobody meant.

import * as api from './api.js';
import { connectSays } from './connect.js';
import { ConnectFields, plain } from './connect_fields.js';
import { connectCommand, copyButton, curl } from './copy.js';
import { h, newId, once, setText } from './dom.js';
import { refresh } from './follow.js';
import { form } from './forms.js';
import { mayChange, store } from './store.js';
import { visible } from './text.js';
import { failed, toast } from './toasts.js';

const isSame = (a, b) =>
  JSON.stringify(plain(a)) === JSON.stringify(plain(b));

const words = (connect) => connectSays(connect, store.connect) || 'as usual';

export class ConnectForm {
  #proxy;
  #is = {};      // as toxid has it
  #from = {};    // ... as it was when it came to be shown here
  #others = false; // somebody else has set it while it is filled in here
  #fields = new ConnectFields({ disabled: !mayChange() });
  #state = h('small', {});
  #meanwhile = h('span', { role: 'status' });

  // always the same: it may be pressed as a text is left
  #offer = h('p', { class: 'meanwhile', hidden: true }, this.#meanwhile, ' ',
    h('button', { type: 'button', onclick: () => {
      this.#write(this.#is);
      this.#fields.focus();
    } }, 'Show that'));

  constructor(proxy) {
    this.#proxy = proxy;
    this.shown = this.#section();
    this.shown.addEventListener('input', () => this.#edited());
    this.shown.addEventListener('change', () => this.#edited());
    this.#write({});
  }

  #section() {
    const id = newId('connect');
    const place = [
      this.#fields.shown, this.#offer, h('div', { class: 'commands' },
        copyButton('Copy as curl', () => curl('PATCH', `proxies/${
          encodeURIComponent(this.#proxy)}`, { connect: this.body() }),
        { 'aria-label': 'Copy as curl: connect' }),
        copyButton('Copy as toxictl',
          () => connectCommand(this.#proxy, this.body()),
          { 'aria-label': 'Copy as toxictl: connect' }),
        mayChange() && h('button', { type: 'button',
          onclick: (event) => once(event.currentTarget, () =>
            this.#set({}).then(() => this.#write({}), failed)) },
        'As usual'))];

    return h('section', { class: 'card', id: 'connect', 'aria-labelledby': id },
      h('h2', { id }, 'Connect ', this.#state),
      h('p', { class: 'does' }, 'What clients meet who come from now on; ' +
        'connections that are there go on.'),
      mayChange() ? form({ fields: this.#fields.fields, submit: 'Apply',
        className: 'connect-form', children: place,
        send: () => this.#set(this.body()) }) :
        h('div', { class: 'connect-form' }, place));
  }

  body() {
    return this.#fields.read();
  }

  #write(connect) {
    this.#fields.write(connect);
    this.#from = connect;
    this.#others = false;
    this.#edited();
  }

  #edited() {
    if (isSame(this.body(), this.#is))
      this.#others = false;
    this.#showMeanwhile();
  }

  #showMeanwhile() {
    this.#offer.hidden = !this.#others;
    setText(this.#meanwhile, this.#others ?
      `Meanwhile it is: ${words(this.#is)}.` : '');
  }

  /** What somebody is about to send stays as he has it. */
  update(connect = {}) {
    if (isSame(connect, this.#is) && this.#state.textContent !== '')
      return;
    const before = this.#is, body = this.body();

    this.#is = connect;
    setText(this.#state, words(connect));
    if (isSame(body, before) || isSame(body, connect)) {
      this.#write(connect);
      return;
    }
    this.#others = !isSame(connect, this.#from);
    this.#showMeanwhile();
  }

  async #change(connect) {
    await api.changeProxy(this.#proxy, { connect });
    this.update(connect);
    refresh(this.#proxy);
  }

  async #set(connect) {
    const on = `${visible(this.#proxy)}: connect`;
    const { connect: before = {} } = await api.proxy(this.#proxy);

    if (isSame(before, connect)) {
      refresh(this.#proxy);
      toast(`${on} is so already.`);
      return;
    }
    await this.#change(connect);
    toast(`${on} ${words(before)} → ${words(connect)}`, { undo: async () => {
      const { connect: now = {} } = await api.proxy(this.#proxy);

      if (!isSame(now, connect)) // what somebody has set since is his
        throw new Error(`it has been set since: ${words(now)}`);
      await this.#change(before);
      return `${on} is as it was: ${words(before)}`;
    } });
  }
}
