// SPDX-License-Identifier: ISC
// Lines over the last minutes, with a mark where somebody has changed the
// weather.

import { h, s, setAttribute, setText } from './dom.js';

const HIGH = 132, LEFT = 64, RIGHT = 10, TOP = 14, BOTTOM = 20;
export const SPAN_MS = 5 * 60 * 1000;
const MARK_WIDE = 8;
const BREAK_MS = 6000; // without a sample for so long it is two lines

/* A round number at or above it, of which the half is round, too. */
function round(most) {
  const unit = 10 ** Math.floor(Math.log10(most));

  return [1, 2, 4, 6, 10].map((n) => n * unit).find((n) => n >= most * 0.999);
}

const LABELS = [0, 0.5, 1];
const TIMES = [[0, 'now', 'end'], [0.4, '2 min ago', 'middle'],
  [0.8, '4 min ago', 'middle']];

export class Chart {
  #series;
  #format;
  #least;
  #width = 0;
  #history = null;
  #marks = [];
  #now = 0;
  #part = null; // where somebody looks
  #grid = s('g', { class: 'grid' });
  #lines;
  // of all marks together: there may be thousands
  #rule = s('path', { class: 'rule', d: '' });
  #flag = s('path', { class: 'flag', d: '' });
  #note = s('text', { class: 'note', y: TOP + 10 });
  #cursor = s('path', { class: 'cursor', d: '' });
  #svg;
  #values;
  #hovered;
  #size = new ResizeObserver(() => this.#resized());

  /**
   * series: [{column, label, className}]; column 0 of a history is the time
   * format(n): as it is read; least: so high it is at least
   * hovered(x): somebody looks there, from 0 to 1; null: nobody does
   */
  constructor({ title, series, format, least, hovered }) {
    this.#series = series;
    this.#format = format;
    this.#least = least;
    this.#hovered = hovered;
    this.#lines = series.map((one) => s('path', { class:
      `series ${one.className}`, d: '' }));
    this.#values = series.map(() => h('b', { class: 'figure' }, '–'));
    this.#svg = s('svg', { role: 'img', height: HIGH, 'aria-label': title },
      this.#grid, this.#rule, this.#flag, ...this.#lines, this.#cursor,
      this.#note);
    this.shown = h('figure', { class: 'chart' }, h('figcaption', {},
      h('span', { class: 'title' }, title), series.map((one, i) => h('span',
        { class: `key ${one.className}` }, h('i'), one.label, ' ',
        this.#values[i]))), this.#svg);
    this.title = title;
    this.#svg.addEventListener('pointermove', (event) => this.#moved(event));
    this.#svg.addEventListener('pointerleave', () => this.#hovered(null));
    this.#size.observe(this.shown);
  }

  close() {
    this.#size.disconnect();
  }

  #resized() {
    this.#width = this.shown.clientWidth;
    setAttribute(this.#svg, 'width', this.#width);
    setAttribute(this.#svg, 'viewBox', `0 0 ${this.#width} ${HIGH}`);
    this.#draw();
  }

  #moved(event) {
    const box = this.#svg.getBoundingClientRect();
    const x = (event.clientX - box.left - LEFT) / (this.#width - LEFT - RIGHT);

    this.#hovered(Math.min(1, Math.max(0, x)));
  }

  /** marks: [{at, text}], by the clock of the history */
  show(history, marks, now) {
    this.#history = history;
    this.#marks = marks;
    this.#now = now;
    this.#draw();
  }

  #x(time) {
    return LEFT + (this.#width - LEFT - RIGHT) *
      (1 - (this.#now - time) / SPAN_MS);
  }

  #most() {
    let most = this.#least;

    for (let i = 0; i < this.#history.length; i++) {
      for (const { column } of this.#series)
        most = Math.max(most, this.#history.at(i, column) || 0);
    }
    return round(most);
  }

  #draw() {
    if (this.#history === null || this.#width < LEFT + RIGHT + 20)
      return;
    const most = this.#most();

    this.#drawGrid(most);
    this.#drawMarks();
    this.#series.forEach(({ column }, i) => setAttribute(this.#lines[i], 'd',
      this.#path(column, most)));
    this.at(this.#part);
  }

  #drawGrid(most) {
    const room = HIGH - TOP - BOTTOM, right = this.#width - RIGHT;
    const key = `${most} ${this.#width}`;

    if (this.#grid.dataset.key === key)
      return;
    this.#grid.dataset.key = key;
    this.#grid.replaceChildren(...LABELS.flatMap((part) => {
      const y = TOP + room * (1 - part);

      return [s('path', { d: `M${LEFT} ${y}H${right}` }),
        s('text', { x: LEFT - 8, y: y + 4, 'text-anchor': 'end' },
          this.#format(most * part))];
    }), ...TIMES.map(([part, text, anchor]) => s('text', { y: HIGH - 4,
      x: right - (right - LEFT) * part, 'text-anchor': anchor }, text)));
  }

  /* Of those that would stand on each other one is drawn. */
  #drawMarks() {
    let rule = '', flag = '', before = -Infinity;

    for (const { at } of this.#marks) {
      const x = this.#x(at);

      if (this.#now - at > SPAN_MS || x - before < MARK_WIDE)
        continue;
      rule += `M${x.toFixed(1)} ${TOP}V${HIGH - BOTTOM}`;
      flag += `M${x.toFixed(1)} ${TOP}l-5-8h10z`;
      before = x;
    }
    setAttribute(this.#rule, 'd', rule);
    setAttribute(this.#flag, 'd', flag);
  }

  /* What was changed where somebody looks. */
  #showNote(part) {
    const at = LEFT + part * (this.#width - LEFT - RIGHT);
    const near = part === null ? [] : this.#marks.filter((mark) =>
      Math.abs(this.#x(mark.at) - at) < MARK_WIDE);
    const isLeft = part > 0.5;

    setText(this.#note, near.length === 0 ? '' : near.at(-1).text +
      (near.length > 1 ? `, and ${near.length - 1} more` : ''));
    setAttribute(this.#note, 'x', isLeft ? at - 8 : at + 8);
    setAttribute(this.#note, 'text-anchor', isLeft ? 'end' : 'start');
  }

  #path(column, most) {
    const room = HIGH - TOP - BOTTOM, { length } = this.#history;
    let d = '', before = -Infinity;

    for (let i = 0; i < length; i++) {
      const time = this.#history.at(i, 0);
      const is = this.#history.at(i, column);

      if (Number.isNaN(is) || this.#now - time > SPAN_MS)
        continue;
      d += `${time - before > BREAK_MS ? 'M' : 'L'}${
        this.#x(time).toFixed(1)} ${
        (TOP + room * (1 - Math.min(1, is / most))).toFixed(1)}`;
      before = time;
    }
    return d;
  }

  /* The sample that is nearest to a time; -1: there is none */
  #nearest(time) {
    let best = -1, distance = BREAK_MS;

    for (let i = 0; i < this.#history.length; i++) {
      const off = Math.abs(this.#history.at(i, 0) - time);

      if (off < distance)
        [best, distance] = [i, off];
    }
    return best;
  }

  /** part: of the width, where somebody looks; null: the newest */
  at(part) {
    this.#part = part;
    if (this.#history === null)
      return;
    const i = part === null ? this.#history.length - 1 :
      this.#nearest(this.#now - SPAN_MS * (1 - part));
    const x = i === -1 ? 0 : this.#x(this.#history.at(i, 0)).toFixed(1);

    setAttribute(this.#cursor, 'd', part === null || i === -1 ? '' :
      `M${x} ${TOP}V${HIGH - BOTTOM}`);
    const texts = this.#series.map(({ column }) => {
      const is = i === -1 ? NaN : this.#history.at(i, column);

      return Number.isNaN(is) ? '–' : this.#format(is);
    });

    this.#showNote(part);
    texts.forEach((text, k) => setText(this.#values[k], text));
    if (part === null)
      setAttribute(this.#svg, 'aria-label', `${this.title}: ${
        this.#series.map((one, k) => `${one.label} ${texts[k]}`).join(', ')}`);
  }
}
