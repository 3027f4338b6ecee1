// SPDX-License-Identifier: ISC
// Fields of a toxic that somebody is about to make: what its kind has, and what
// each has.

import { TOXICITY, attributeField, selectOf } from './attributes.js';
import { h, setText } from './dom.js';
import { field, readAll, selectControl, textControl } from './forms.js';
import { store } from './store.js';
import { WaveField, mayWave, readWaves, withWaves } from './wave_field.js';

const LEASES = [['', 'until it is removed'], ['60000', '1 minute'],
  ['600000', '10 minutes'], ['3600000', '1 hour'], ['28800000', '8 hours']];

/** How long something stays */
export const leaseField = (label) => field({ name: 'ttl', label,
  more: ['limits.lease_max_ms'], control: selectControl(LEASES) });

/** What is for our own tests is offered only where there is one already. */
export const offered = (isSession = false) => store.kinds.filter((kind) =>
  kind.whose !== 'debug' && kind.where === 'stream' &&
  (kind.session || !isSession));

export class ToxicFields {
  fields = []; // all; forms.js looks into it when something is wrong
  does = h('p', { class: 'does' });
  shown = h('div', { class: 'fields' });
  #kinds;
  #kind;
  #attributes = [];
  #waves = [];
  #general;

  /** isSession: on one session alone; lease: how its ttl is called, if any */
  constructor(kinds, { isSession = false, lease } = {}) {
    this.#kinds = kinds;
    this.#general = [
      field({ name: 'name', hint: 'unique on its proxy; else TYPE_STREAM',
        more: ['toxic already exists'], control: textControl() }),
      attributeField(TOXICITY), attributeField(selectOf({ isSession })),
      ...lease === undefined ? [] : [leaseField(lease)]];
    this.choose(kinds[0].name);
  }

  /** Another kind has other attributes; what else was given stays. */
  choose(name) {
    this.#kind = this.#kinds.find((kind) => kind.name === name);
    const { attributes } = this.#kind;

    this.#attributes = attributes.map((one) => attributeField(one));
    this.#waves = attributes.flatMap((one, i) => mayWave(one) ?
      [new WaveField(one, this.#attributes[i])] : []);
    this.fields.splice(0, Infinity, ...this.#attributes,
      ...this.#waves.flatMap((one) => one.fields), ...this.#general);
    setText(this.does, `${this.#kind.name} ${this.#kind.does}.`);
    this.shown.replaceChildren(...withWaves(this.#attributes, this.#waves),
      ...this.#general.map((one) => one.shown));
  }

  /** As it is asked for */
  read(stream) {
    const { name, toxicity, select, ttl } = readAll(this.#general);

    return { type: this.#kind.name, ...name && { name }, stream,
      ...toxicity !== undefined && { toxicity },
      ...Object.keys(select).length > 0 && { select },
      ...this.#waves.some((one) => one.read()) &&
        { wave: readWaves(this.#waves) },
      attributes: readAll(this.#attributes),
      ...ttl && { ttl: Number(ttl) } };
  }

  /** As there is one already, without its lease */
  write({ type, name, toxicity = 1, select = {}, wave = {}, attributes }) {
    this.choose(type);
    for (const [i, is] of [name, toxicity, select].entries())
      this.#general[i].write(is);
    for (const one of this.#attributes)
      one.write(attributes[one.name]);
    for (const one of this.#waves)
      one.write(wave[one.name.replace('wave.', '')] ?? null);
  }

  /** The next one has another. */
  forgetName() {
    this.#general[0].write('');
  }
}
