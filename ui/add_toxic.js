// SPDX-License-Identifier: ISC
// A new toxic: its kind, its direction, and what that kind has.

import { asNew } from './again.js';
import { ApiError } from './api.js';
import { copyButton } from './copy.js';
import { h, newId } from './dom.js';
import { form } from './forms.js';
import { visible } from './text.js';
import { toast } from './toasts.js';
import { ToxicFields, offered } from './toxic_fields.js';
import { family, sign } from './weather.js';

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
  #place; // as toxic_place.js has it
  #kinds;
  #of;    // what the kind has
  #kindGroup = newId('kinds');
  #wayGroup = newId('ways');

  constructor(place) {
    this.#place = place;
    this.#kinds = offered(place.isSession);
    this.#of = new ToxicFields(this.#kinds, place.isSession ?
      { isSession: true } : { lease: 'it stays' });
    this.shown = this.#form();
    this.shown.addEventListener('change', (event) => {
      if (event.target.name === this.#kindGroup)
        this.#of.choose(event.target.value);
    });
  }

  #form() {
    return form({ fields: this.#of.fields, submit: 'Add',
      className: 'add-toxic', send: () => this.#send(),
      instead: () => this.#instead(),
      children: [
        h('fieldset', { class: 'kinds' }, h('legend', {}, 'Weather'),
          this.#kinds.map((kind, i) => tile(this.#kindGroup, kind, i === 0))),
        h('fieldset', { class: 'ways' }, h('legend', {}, 'Direction'),
          way(this.#wayGroup, 'downstream', '↓ server to client', true),
          way(this.#wayGroup, 'upstream', '↑ client to server', false)),
        this.#of.does, this.#of.shown, h('div', { class: 'commands' },
          copyButton('Copy as curl', () => this.#place.curl(this.body())),
          copyButton('Copy as toxictl',
            () => this.#place.toxictl(this.body())))] });
  }

  body() {
    const { value: stream } = this.shown.querySelector(
      `input[name="${this.#wayGroup}"]:checked`);

    return this.#of.read(stream);
  }

  async #send() {
    const toxic = await this.#place.add(this.body());

    this.#of.forgetName();
    toast(`${visible(toxic.name)} is at work.`, { undo: async () => {
      await this.#place.remove(toxic.name);
      return `${visible(toxic.name)} is gone again.`;
    } });
  }

  /* The one that has the name; its kind and direction stay what they are. */
  async #instead() {
    const { type, stream, name = `${type}_${stream}`, toxicity, select = {},
      wave = {}, ttl, attributes } = this.body();
    const all = await this.#place.all(), at = performance.now();
    const before = all.find((toxic) => toxic.name === name);

    if (before === undefined && this.#place.isSession)
      throw new ApiError(0, `name: ${name} is a toxic of the whole proxy`);
    if (before !== undefined && before.type !== type)
      throw new ApiError(0, `name: ${name} is a ${before.type}, which ` +
        `cannot become a ${type}: remove it first`);
    await this.#place.change(name,
      { attributes, toxicity, select, wave, ttl });
    toast(`${visible(name)} is changed.`, { undo: async () => {
      await this.#place.change(name, {
        attributes: before.attributes, toxicity: before.toxicity,
        select: before.select ?? {}, wave: before.wave ?? {},
        ...ttl && { ttl: asNew(before, performance.now() - at).ttl ?? 0 } });
      return `${visible(name)} is as it was.`;
    } });
  }
}

export const addToxicForm = (place) => new AddToxic(place).shown;
