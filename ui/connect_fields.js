// SPDX-License-Identifier: ISC
// Fields of a connect, from the rows of connect.json: of a proxy's own, and of
// a scenario's step.

import { attributeField } from './attributes.js';
import { h } from './dom.js';
import { store } from './store.js';

/** What says nothing is as usual, in whichever order it is said. */
export const plain = (connect) => Object.fromEntries(store.connect
  .map(({ name }) => [name, connect?.[name]])
  .filter(([name, is]) => is !== undefined && is !== '' &&
    !((name === 'dial_delay' || name === 'syn_loss') && is === 0)));

export class ConnectFields {
  constructor({ disabled = false } = {}) {
    this.fields = store.connect.map((member) =>
      attributeField(member, { disabled }));
    this.shown = h('div', { class: 'fields' },
      this.fields.map((one) => one.shown));
    for (const event of ['input', 'change'])
      this.shown.addEventListener(event, () => this.#edited());
    this.write({});
  }

  /* A field that is not of this mode is neither shown nor sent. */
  #isIn({ only }) {
    return only === undefined || this.#fieldOf('mode').read() === only;
  }

  #fieldOf(name) {
    return this.fields.find((one) => one.name === name);
  }

  /** {}: it is as usual */
  read() {
    return plain(Object.fromEntries(store.connect
      .filter((member) => this.#isIn(member))
      .map(({ name }) => [name, this.#fieldOf(name).read()])));
  }

  write(connect) {
    for (const { name, default: usual } of store.connect)
      this.#fieldOf(name).write(connect[name] ??
        (name === 'delay' ? undefined : usual));
    this.#edited();
  }

  focus() {
    this.fields[0].focus();
  }

  #edited() {
    for (const member of store.connect)
      this.#show(this.#fieldOf(member.name), this.#isIn(member));
  }

  /* One that goes leaves the focus to the mode, of which it was. */
  #show({ shown }, is) {
    const hadFocus = !is && shown.contains(document.activeElement);

    shown.hidden = !is;
    if (hadFocus)
      this.#fieldOf('mode').focus();
  }
}
