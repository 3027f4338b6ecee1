// SPDX-License-Identifier: ISC
// A toxic that is there: its attributes, each of which is applied as soon as a
// slider is let go, and can be taken back.

import { asNew } from './again.js';
import { TOXICITY, attributeField, selectOf } from './attributes.js';
import { copyButton } from './copy.js';
import { h, once, setText } from './dom.js';
import { clearFaults, showFault } from './forms.js';
import { left, mayChange, store } from './store.js';
import { bytes, count, duration, name, plural, visible } from './text.js';
import { failed, toast } from './toasts.js';
import { family, ownerText, sign, value as worded } from './weather.js';

const isSame = (a, b) => JSON.stringify(a) === JSON.stringify(b);

// What is of a kind that this page does not know is shown, and not changed.
const UNKNOWN = { attributes: [], does: 'a kind that this page does not know' };

export class ToxicCard {
  #place;
  #toxic = null;
  #kind;
  #fields;
  #fault = h('p', { class: 'fault all', role: 'alert' });
  #hits = h('span', { class: 'figure' });
  #lease = h('span', { class: 'lease' });
  #owner = h('span', { class: 'owner' });

  /** place: as toxic_place.js has it */
  constructor(place, toxic) {
    this.#place = place;
    this.#kind = store.kinds.find((one) => one.name === toxic.type) ?? UNKNOWN;
    this.#fields = [...this.#kind.attributes, TOXICITY, selectOf(place)].map(
      (attribute) => attributeField(attribute, { disabled: !mayChange(),
        apply: (is) => this.#apply(attribute, is) }));
    this.shown = this.#card(toxic);
  }

  #card(toxic) {
    return h('article', { class: `toxic card ${family(toxic.type)}`,
      'data-toxic': toxic.name, 'aria-label': `${toxic.stream} toxic ${
        visible(toxic.name)}` },
    h('header', {}, sign(toxic.type), h('h3', { tabindex: -1 },
      name(toxic.name)), h('span', { class: 'type' }, toxic.type),
    this.#owner, this.#lease, h('span', { class: 'hits' }, this.#hits)),
    h('p', { class: 'does' }, this.#kind.does), this.#fault,
    this.#fields.map((one) => one.shown),
    h('div', { class: 'buttons' },
      copyButton('curl', () => this.#place.curl(asNew(this.#toxic)),
        { 'aria-label': `Copy ${visible(toxic.name)} as curl` }),
      copyButton('toxictl', () => this.#place.toxictl(asNew(this.#toxic)),
        { 'aria-label': `Copy ${visible(toxic.name)} as toxictl` }),
      mayChange() && h('button', { type: 'button', class: 'danger',
        'aria-label': `Remove ${visible(toxic.name)}`,
        onclick: (event) => once(event.currentTarget,
          () => this.#remove()) }, 'Remove')));
  }

  /**
   * What somebody is about to change stays as he has it.  known: the proxy's;
   * of a session's own, which has no lease, nothing
   */
  update(toxic, known) {
    const ms = left(known, toxic), isOther = this.#toxic !== toxic;

    this.#toxic = toxic;
    setText(this.#lease, ms === null ? '' : `gone in ${duration(ms)}`);
    setText(this.#owner, ownerText(toxic));
    for (const field of isOther ? this.#fields : []) {
      if (!field.isHeld())
        field.write(this.#is(field.name, toxic));
    }
  }

  /* What is not shown, for Toxiproxy does not have it, is as by itself. */
  #is(attribute, toxic = this.#toxic) {
    return attribute === 'toxicity' ? toxic.toxicity :
      attribute === 'select' ? toxic.select ?? {} :
        toxic.attributes[attribute] ?? this.#kind.attributes.find(
          (one) => one.name === attribute)?.default;
  }

  /** stats: of it, as /stats has them */
  count({ hits, delayed_bytes: delayed, dropped_bytes: dropped }) {
    setText(this.#hits, [hits !== undefined && `hit ${plural(hits, 'session')}`,
      delayed > 0 && `${bytes(delayed)} delayed`,
      dropped > 0 && `${bytes(dropped)} dropped`].filter(Boolean).join(', '));
  }

  #change(attribute, is) {
    return this.#place.change(this.#toxic.name,
      attribute === 'toxicity' || attribute === 'select' ?
        { [attribute]: is } : { attributes: { [attribute]: is } });
  }

  async #apply(attribute, is) {
    const { name: key } = attribute, before = this.#is(key);
    const field = this.#fields.find((one) => one.name === key);

    if (is === undefined)
      field.write(before);
    if (is === undefined || isSame(is, before)) {
      clearFaults(this.#fields, this.#fault);
      return;
    }
    try {
      const changed = await this.#change(key, is);

      clearFaults(this.#fields, this.#fault);
      this.#toldOf(attribute, before, this.#is(key, changed));
    } catch (error) {
      showFault(this.#fields, this.#fault, error);
    }
  }

  #toldOf(attribute, before, after) {
    const { name: key } = attribute, on = visible(this.#toxic.name);
    const text = (is) => worded(attribute, is);

    toast(`${on}: ${key} ${text(before)} → ${text(after)}`, {
      undo: async () => {
        await this.#change(key, before);
        return `${on}: ${key} is ${text(before)} again.`;
      } });
  }

  async #remove() {
    const toxic = this.#toxic, at = performance.now();

    try {
      await this.#place.remove(toxic.name);
      toast(`${visible(toxic.name)} is removed.`, {
        undo: () => this.#putBack(toxic, at) });
    } catch (error) {
      failed(error);
    }
  }

  /* Its lease, if it had one, goes on where it was. */
  async #putBack(toxic, at) {
    await this.#place.add(asNew(toxic, performance.now() - at));
    return `${visible(toxic.name)} is back, as the last of its chain.`;
  }

  focus() {
    this.shown.scrollIntoView({ block: 'center' });
    this.shown.querySelector('h3').focus({ preventScroll: true });
  }
}

/** "3 of them": how many of a chain, beside its head */
export const chainCount = (n) => n === 0 ? 'clear' : count(n);
