// SPDX-License-Identifier: ISC
// The scenario that runs on a proxy: its steps, at which one it is, and what is
// left of that.

import { scenarioAsNew } from './again.js';
import * as api from './api.js';
import { connectTexts } from './connect.js';
import { copyButton, curl, scenarioCommand } from './copy.js';
import { h, newId, once, setAttribute, setText } from './dom.js';
import { refresh } from './follow.js';
import { beginAnew, keepStopped } from './scenario_back.js';
import { mayChange, store } from './store.js';
import { count, duration, visible } from './text.js';
import { failed, toast } from './toasts.js';
import { strength } from './weather.js';

const WAYS = { upstream: '↑', downstream: '↓' };

const toxicText = (toxic) => [WAYS[toxic.stream], toxic.type,
  strength(toxic, store.kinds)].filter(Boolean).join(' ');

const stepText = ({ duration: ms, toxics, connect, missing = [] }) =>
  `${duration(ms)}: ${[
    ...connect ? [`connect ${connectTexts(connect).join(' ')}`] : [],
    ...toxics.map(toxicText), ...missing.map((kind) => `without ${kind}`),
  ].join('; ') || 'clear'}`;

export class ScenarioCard {
  #proxy;
  #of = null; // the proxy as it was when it was asked
  #is = null; // null: there is none
  #seenAt = 0;
  #turn = 0;
  #name = h('small', {});
  #where = h('p', { class: 'figure' });
  #steps = h('ol', { class: 'steps' });

  /** edit(scenario): where a copy of it is edited */
  constructor(proxy, edit) {
    const id = newId('scenario');

    this.#proxy = proxy;
    this.shown = h('section', { class: 'card', id: 'scenario', hidden: true,
      'aria-labelledby': id }, h('h2', { id }, 'Scenario ', this.#name),
    this.#where, this.#steps, h('div', { class: 'buttons' },
      copyButton('Copy as curl', () => curl('POST', 'scenarios',
        scenarioAsNew(this.#is)), { 'aria-label': 'Copy as curl: scenario' }),
      copyButton('Copy as toxictl', () => scenarioCommand(
        scenarioAsNew(this.#is)),
      { 'aria-label': 'Copy as toxictl: scenario' }),
      mayChange() && [
        h('button', { type: 'button', onclick: () =>
          edit(scenarioAsNew(this.#is)) }, 'Edit a copy'),
        h('button', { type: 'button', onclick: (event) =>
          once(event.currentTarget, () => this.#again()) }, 'Begin again'),
        h('button', { type: 'button', class: 'danger',
          onclick: (event) => once(event.currentTarget,
            () => this.#stop()) }, 'Stop')]));
  }

  /** At each step, and when one begins or ends, the proxy is another. */
  update(proxy) {
    if (proxy === this.#of)
      return;
    this.#of = proxy;
    this.#ask();
  }

  /** Now and then */
  tick() {
    if (this.#is === null)
      return;
    if (this.#left() === 0)
      this.#ask();
    this.#showWhere();
  }

  async #ask() {
    const turn = ++this.#turn;

    try {
      const all = await api.scenarios();

      if (turn !== this.#turn)
        return;
      this.#is = all.find((one) => one.proxy === this.#proxy) ?? null;
      this.#seenAt = performance.now();
      this.#show();
    } catch { /* then what was known */ }
  }

  #left() {
    return Math.max(0, this.#is.left - (performance.now() - this.#seenAt));
  }

  #show() {
    this.shown.hidden = this.#is === null;
    if (this.#is === null)
      return;
    const texts = this.#is.steps.map(stepText);

    setText(this.#name, visible(this.#is.name));
    if (this.#steps.dataset.is !== texts.join('\n'))
      this.#steps.replaceChildren(...texts.map((text) => h('li', {}, text)));
    this.#steps.dataset.is = texts.join('\n');
    [...this.#steps.children].forEach((step, i) => setAttribute(step,
      'aria-current', i === this.#is.step ? 'step' : null));
    this.#showWhere();
  }

  #showWhere() {
    const { step, steps, loop, round } = this.#is;

    setText(this.#where, `Step ${count(step + 1)} of ${count(steps.length)}, ${
      duration(this.#left())} left${loop ? `, round ${count(round + 1)}` :
      ''}.`);
  }

  /* From its first step on */
  async #again() {
    const is = this.#is, at = this.#seenAt;

    try {
      await api.removeScenario(is);
      try {
        await beginAnew(is, at);
        toast(`${visible(is.name)} has begun again.`);
      } catch (error) {
        keepStopped(is, at, error);
      }
    } catch (error) {
      failed(error);
    }
    refresh(this.#proxy);
  }

  async #stop() {
    const is = this.#is, at = performance.now();

    try {
      await api.removeScenario(is);
      refresh(this.#proxy);
      toast(`${visible(is.name)} is stopped.`,
        { undo: () => beginAnew(is, at) });
    } catch (error) {
      failed(error);
    }
  }
}
