// SPDX-License-Identifier: ISC
// A new toxic: its kind, its direction, and what that kind has.

import { asNew } from './again.js';
import * as api from './api.js';
import { SELECT, TOXICITY, attributeField } from './attributes.js';
import { copyButton, curl, toxicCommand } from './copy.js';
import { h, newId, setText } from './dom.js';
import { refresh } from './follow.js';
import { field, form, readAll, selectControl, textControl } from './forms.js';
import { store } from './store.js';
import { visible } from './text.js';
import { toast } from './toasts.js';
import { family, sign } from './weather.js';

const LEASES = [['', 'until it is removed'], ['60000', '1 minute'],
  ['600000', '10 minutes'], ['3600000', '1 hour'], ['28800000', '8 hours']];

/* What is for our own tests is offered only where there is one already. */
const offered = () => store.kinds.filter((kind) => kind.whose !== 'debug' &&
  kind.where === 'stream');

function tile(group, kind, chosen) {
  const id = newId('kind');

  return h('div', { class: `tile ${family(kind.name)}` },
    h('input', { type: 'radio', id, name: group, value: kind.name,
      checked: chosen }),
    h('label', { for: id, title: kind.does }, sign(kind.name), kind.name));
}

function way(group, stream, text, chosen) {
  const id = newId('way');

  return [h('input', { type: 'radio', id, name: group, value: stream,
    checked: chosen }), h('label', { for: id }, text)];
}

class AddToxic {
  #proxy;
  #kind;
  #kindGroup = newId('kinds');
  #wayGroup = newId('ways');
  #does = h('p', { class: 'does' });
  #place = h('div', { class: 'fields' });
  #fields = []; // all; forms.js looks into it when something is wrong
  #attributes = [];
  #general;

  constructor(proxy) {
    this.#proxy = proxy;
    this.#kind = offered()[0];
    this.#general = this.#generalFields();
    this.#choose();
    this.shown = this.#form();
    this.shown.addEventListener('change', (event) => {
      if (event.target.name === this.#kindGroup)
        this.#choose(event.target.value);
    });
  }

  #generalFields() {
    return [
      field({ name: 'name', hint: 'unique on its proxy; else TYPE_STREAM',
        more: ['toxic already exists'],
        control: textControl() }),
      attributeField(TOXICITY), attributeField(SELECT),
      field({ name: 'ttl', label: 'it stays',
        more: ['limits.lease_max_ms'], control: selectControl(LEASES) })];
  }

  /* Another kind has other attributes; what else was given stays. */
  #choose(name = this.#kind.name) {
    this.#kind = offered().find((kind) => kind.name === name);
    this.#attributes = this.#kind.attributes.map((one) => attributeField(one));
    this.#fields.splice(0, Infinity, ...this.#attributes, ...this.#general);
    setText(this.#does, `${this.#kind.name} ${this.#kind.does}.`);
    this.#place.replaceChildren(...this.#fields.map((one) => one.shown));
  }

  #form() {
    return form({ fields: this.#fields, submit: 'Add', className: 'add-toxic',
      send: () => this.#send(), instead: () => this.#instead(),
      children: [
        h('fieldset', { class: 'kinds' }, h('legend', {}, 'Weather'),
          offered().map((kind, i) => tile(this.#kindGroup, kind, i === 0))),
        h('fieldset', { class: 'ways' }, h('legend', {}, 'Direction'),
          way(this.#wayGroup, 'downstream', '↓ server to client', true),
          way(this.#wayGroup, 'upstream', '↑ client to server', false)),
        this.#does, this.#place, h('div', { class: 'commands' },
          copyButton('Copy as curl', () => curl('POST', `proxies/${
            encodeURIComponent(this.#proxy)}/toxics`, this.body())),
          copyButton('Copy as toxictl',
            () => toxicCommand(this.#proxy, this.body())))] });
  }

  body() {
    const { name, toxicity, select, ttl } = readAll(this.#general);
    const { value: stream } = this.shown.querySelector(
      `input[name="${this.#wayGroup}"]:checked`);

    return { type: this.#kind.name, ...name && { name }, stream,
      ...toxicity !== undefined && { toxicity },
      ...Object.keys(select).length > 0 && { select },
      attributes: readAll(this.#attributes),
      ...ttl && { ttl: Number(ttl) } };
  }

  async #send() {
    const toxic = await api.addToxic(this.#proxy, this.body());

    refresh(this.#proxy);
    this.#general[0].write('');
    toast(`${visible(toxic.name)} is at work.`, { undo: async () => {
      await api.removeToxic(this.#proxy, toxic.name);
      refresh(this.#proxy);
      return `${visible(toxic.name)} is gone again.`;
    } });
  }

  /* The one that has the name; its kind and direction stay what they are. */
  async #instead() {
    const { type, stream, name = `${type}_${stream}`, toxicity, select = {},
      ttl, attributes } = this.body();
    const { toxics } = await api.proxy(this.#proxy), at = performance.now();
    const before = toxics.find((toxic) => toxic.name === name);

    if (before !== undefined && before.type !== type)
      throw new api.ApiError(0, `name: ${name} is a ${before.type}, which ` +
        `cannot become a ${type}: remove it first`);
    await api.changeToxic(this.#proxy, name,
      { attributes, toxicity, select, ttl });
    refresh(this.#proxy);
    toast(`${visible(name)} is changed.`, { undo: async () => {
      await api.changeToxic(this.#proxy, name, {
        attributes: before.attributes, toxicity: before.toxicity,
        select: before.select ?? {},
        ...ttl && { ttl: asNew(before, performance.now() - at).ttl ?? 0 } });
      refresh(this.#proxy);
      return `${visible(name)} is as it was.`;
    } });
  }
}

export const addToxicForm = (proxy) => new AddToxic(proxy).shown;
