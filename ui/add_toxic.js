// SPDX-License-Identifier: ISC
// A new toxic: its kind, its direction, and what that kind has.

import { asNew } from './again.js';
import { ApiError } from './api.js';
import { TOXICITY, attributeField, selectOf } from './attributes.js';
import { copyButton } from './copy.js';
import { h, newId, setText } from './dom.js';
import { field, form, readAll, selectControl, textControl } from './forms.js';
import { store } from './store.js';
import { visible } from './text.js';
import { toast } from './toasts.js';
import { WaveField, mayWave, readWaves, withWaves } from './wave_field.js';
import { family, sign } from './weather.js';

const LEASES = [['', 'until it is removed'], ['60000', '1 minute'],
  ['600000', '10 minutes'], ['3600000', '1 hour'], ['28800000', '8 hours']];

/* What is for our own tests is offered only where there is one already. */
const offered = (place) => store.kinds.filter((kind) =>
  kind.whose !== 'debug' && kind.where === 'stream' &&
  (kind.session || !place.isSession));

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
  #kind;
  #kindGroup = newId('kinds');
  #wayGroup = newId('ways');
  #does = h('p', { class: 'does' });
  #all = h('div', { class: 'fields' });
  #fields = []; // all; forms.js looks into it when something is wrong
  #attributes = [];
  #waves = [];
  #general;

  constructor(place) {
    this.#place = place;
    this.#kinds = offered(place);
    this.#kind = this.#kinds[0];
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
      attributeField(TOXICITY), attributeField(selectOf(this.#place)),
      ...this.#place.isSession ? [] : [field({ name: 'ttl', label: 'it stays',
        more: ['limits.lease_max_ms'], control: selectControl(LEASES) })]];
  }

  /* Another kind has other attributes; what else was given stays. */
  #choose(name = this.#kind.name) {
    this.#kind = this.#kinds.find((kind) => kind.name === name);
    const { attributes } = this.#kind;

    this.#attributes = attributes.map((one) => attributeField(one));
    this.#waves = attributes.flatMap((one, i) => mayWave(one) ?
      [new WaveField(one, this.#attributes[i])] : []);
    this.#fields.splice(0, Infinity, ...this.#attributes,
      ...this.#waves.flatMap((one) => one.fields), ...this.#general);
    setText(this.#does, `${this.#kind.name} ${this.#kind.does}.`);
    this.#all.replaceChildren(
      ...withWaves(this.#attributes, this.#waves),
      ...this.#general.map((one) => one.shown));
  }

  #form() {
    return form({ fields: this.#fields, submit: 'Add', className: 'add-toxic',
      send: () => this.#send(), instead: () => this.#instead(),
      children: [
        h('fieldset', { class: 'kinds' }, h('legend', {}, 'Weather'),
          this.#kinds.map((kind, i) => tile(this.#kindGroup, kind, i === 0))),
        h('fieldset', { class: 'ways' }, h('legend', {}, 'Direction'),
          way(this.#wayGroup, 'downstream', '↓ server to client', true),
          way(this.#wayGroup, 'upstream', '↑ client to server', false)),
        this.#does, this.#all, h('div', { class: 'commands' },
          copyButton('Copy as curl', () => this.#place.curl(this.body())),
          copyButton('Copy as toxictl',
            () => this.#place.toxictl(this.body())))] });
  }

  body() {
    const { name, toxicity, select, ttl } = readAll(this.#general);
    const { value: stream } = this.shown.querySelector(
      `input[name="${this.#wayGroup}"]:checked`);

    return { type: this.#kind.name, ...name && { name }, stream,
      ...toxicity !== undefined && { toxicity },
      ...Object.keys(select).length > 0 && { select },
      ...this.#waves.some((one) => one.read()) &&
        { wave: readWaves(this.#waves) },
      attributes: readAll(this.#attributes),
      ...ttl && { ttl: Number(ttl) } };
  }

  async #send() {
    const toxic = await this.#place.add(this.body());

    this.#general[0].write('');
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
