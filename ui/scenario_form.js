// SPDX-License-Identifier: ISC
// A scenario to begin on a proxy: its steps, one behind the other.

import * as api from './api.js';
import { copyButton, curl, scenarioCommand } from './copy.js';
import { h, newId, speak } from './dom.js';
import { refresh } from './follow.js';
import { clearFaults, field, form, readAll, showFault, textControl } from
  './forms.js';
import { beginAnew, keepStopped } from './scenario_back.js';
import { ScenarioStep, removeShown } from './scenario_step.js';
import { visible } from './text.js';
import { toast } from './toasts.js';
import { leaseField } from './toxic_fields.js';

function loopField() {
  const main = h('input', { type: 'checkbox' });

  return field({ name: 'loop', hint: 'behind its last step it begins anew',
    control: { main, read: () => main.checked || undefined,
      write: (is) => { main.checked = Boolean(is); } } });
}

/* "steps[1].toxics[0]: ...": of the second step, its first toxic */
function placeOf({ message }) {
  const [, step, toxic] =
    /\bsteps\[(\d+)\](?:\.toxics\[(\d+)\])?/.exec(message) ?? [];

  return [step, toxic].map((n) => n === undefined ? -1 : Number(n));
}

export class ScenarioForm {
  #proxy;
  #fields = [
    field({ name: 'name', hint: 'letters, digits, “_”, “-” and “.”',
      more: ['scenario already exists'], control: textControl() }),
    loopField(), leaseField('it is over by then')];
  #list = h('ol', { class: 'scenario-steps' });
  #steps = [];
  #add = h('button', { type: 'button',
    onclick: () => this.#put(new ScenarioStep(this.#moves), this.#steps.length)
      .focus() }, 'Add a step');
  #moves = { up: (one) => this.#move(one, -1, 'up'),
    down: (one) => this.#move(one, 1, 'down'),
    remove: (one) => this.#remove(one) };

  constructor(proxy) {
    const id = newId('begin');

    this.#proxy = proxy;
    this.shown = h('section', { class: 'card', id: 'begin-scenario',
      'aria-labelledby': id }, h('details', {}, h('summary', {},
      h('h2', { id }, 'Begin a scenario')), h('p', { class: 'does' },
      'The proxy is so for a while, and then so: toxics that come and go ' +
      'step by step; others stay.'), this.#form()));
    this.#put(new ScenarioStep(this.#moves), 0);
  }

  #form() {
    return form({ fields: this.#fields, submit: 'Begin',
      className: 'scenario-form', send: () => this.#begin(),
      show: (place, error) => this.#fault(place, error),
      instead: () => this.#beginInstead(),
      offers: ({ message }) => message.includes('proxy has a scenario') &&
        'End that, and begin this one',
      children: [
        h('div', { class: 'fields' }, this.#fields.map((one) => one.shown)),
        this.#list, h('div', { class: 'buttons' }, this.#add),
        h('div', { class: 'commands' },
          copyButton('Copy as curl', () => curl('POST', 'scenarios',
            this.body()), { 'aria-label': 'Copy as curl: new scenario' }),
          copyButton('Copy as toxictl', () => scenarioCommand(this.body()),
            { 'aria-label': 'Copy as toxictl: new scenario' }))] });
  }

  body() {
    const { ttl, ...all } = readAll(this.#fields);

    return { ...all, proxy: this.#proxy, ...ttl && { ttl: Number(ttl) },
      steps: this.#steps.map((one) => one.read()) };
  }

  /** A copy of one, to be changed; its ttl begins anew, if it has one */
  edit({ name, loop, steps }) {
    for (const [i, is] of [name, loop, ''].entries())
      this.#fields[i].write(is);
    for (const one of this.#steps)
      one.shown.remove();
    this.#steps = [];
    for (const [i, step] of steps.entries())
      this.#put(new ScenarioStep(this.#moves, step), i);
    this.shown.querySelector('details').open = true;
    this.#fields[0].focus();
  }

  // ---- its steps

  #put(one, at) {
    this.#steps.splice(at, 0, one);
    this.#list.insertBefore(one.shown, this.#list.children[at] ?? null);
    this.#count();
    return one;
  }

  #count() {
    this.#steps.forEach((one, i) => one.called(i + 1));
  }

  /* Whoever moves one by keys has it still. */
  #move(one, by, button) {
    const at = this.#steps.indexOf(one), to = at + by;

    if (to < 0 || to >= this.#steps.length) {
      speak(`It is the ${by < 0 ? 'first' : 'last'} step.`);
      return;
    }
    this.#steps.splice(at, 1);
    one.shown.remove();
    this.#put(one, to).focus(button);
    speak(`It is step ${to + 1} now.`);
  }

  #remove(one) {
    const at = this.#steps.indexOf(one);

    this.#steps.splice(at, 1);
    removeShown(one.shown, this.#steps[at] ?? this.#add);
    this.#count();
    toast(`Step ${at + 1} is removed.`, { undo: () => {
      this.#put(one, Math.min(at, this.#steps.length));
      return 'The step is back.';
    } });
  }

  #fault(place, error) {
    const [at, toxic] = error === null ? [-1] : placeOf(error);

    for (const one of this.#steps)
      one.clear();
    clearFaults(this.#fields, place);
    if (this.#steps[at] !== undefined)
      this.#steps[at].fault(error, toxic);
    else if (error !== null)
      showFault(this.#fields, place, error);
  }

  // ---- what is done

  async #running() {
    const all = await api.scenarios();

    return all.find((one) => one.proxy === this.#proxy);
  }

  async #begin(before) {
    const now = await api.addScenario(this.body());
    const { missing = [] } = now, at = performance.now();

    refresh(this.#proxy);
    toast([`${visible(now.name)} has begun`, missing.length > 0 &&
      `without ${missing.join(' and ')}`].filter(Boolean).join(', ') + '.', {
      undo: () => this.#undo(now, before, at) });
  }

  async #undo(now, before, at) {
    await api.removeScenario(now);
    if (before)
      return beginAnew(before, at);
    refresh(this.#proxy);
    return `${visible(now.name)} is gone again.`;
  }

  async #putBack(before, at) {
    try {
      toast(await beginAnew(before, at));
    } catch (error) {
      keepStopped(before, at, error);
    }
  }

  /* What was there is there again where this one cannot be. */
  async #beginInstead() {
    const before = await this.#running(), at = performance.now();

    if (before)
      await api.removeScenario(before);
    try {
      await this.#begin(before);
    } catch (error) {
      if (before)
        await this.#putBack(before, at);
      throw error;
    } finally {
      refresh(this.#proxy);
    }
  }
}
