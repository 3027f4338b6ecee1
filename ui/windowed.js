// SPDX-License-Identifier: ISC
// A list of any length of which the document has what is seen, and a little
// above and below.  Rows are of one height; they stand in the document in the
// order in which they are seen, for the keyboard and for screen readers.

import { h, onFrame } from './dom.js';

const BESIDE = 6; // rows above and below what is seen
const MOST = 96;

export class Windowed {
  #body;
  #probe;
  #make;
  #update;
  #keyOf;
  #items = [];
  #rows = new Map(); // by key: {element, index}
  #draw = () => this.#drawn();
  #ask = () => onFrame(this.#draw);
  #size = new ResizeObserver(this.#ask);

  /**
   * body: an element for the rows alone, whose --row is how high one is
   * make(item): an element; update(element, item, index): it shows that now
   * keyOf(item): what makes it the same one at another place
   */
  constructor({ body, make, update, keyOf }) {
    this.#body = body;
    this.#make = make;
    this.#update = update;
    this.#keyOf = keyOf;
    this.#probe = h('div', { class: 'probe', 'aria-hidden': 'true' });
    body.before(this.#probe);
    addEventListener('scroll', this.#ask, { passive: true });
    this.#size.observe(document.documentElement);
  }

  close() {
    removeEventListener('scroll', this.#ask);
    this.#size.disconnect();
  }

  get items() {
    return this.#items;
  }

  /** Other items, or the same with other figures */
  show(items) {
    this.#items = items;
    this.#ask();
  }

  /** ... of which so many are new, above what is read: that stays in its place,
   * in the same frame */
  showBelow(items, n) {
    const height = this.rowHeight;

    this.#items = items;
    this.#body.style.height = `${items.length * height}px`;
    scrollBy(0, n * height);
    this.#drawn();
  }

  get rowHeight() {
    return this.#probe.offsetHeight || 1;
  }

  /** In such a place, for who goes on from there by a key */
  focusOn(index, selector) {
    const row = this.rowHeight, at = Math.max(
      0, Math.min(index, this.#items.length - 1));
    const top = this.#body.getBoundingClientRect().top + at * row;

    if (this.#items.length === 0)
      return;
    if (top < 2 * row || top > innerHeight - 2 * row)
      scrollBy(0, top - innerHeight / 2);
    this.#drawn();
    this.#rows.get(this.#keyOf(this.#items[at]))?.element
      .querySelector(selector)?.focus({ preventScroll: true });
  }

  #range(row) {
    const above = -this.#body.getBoundingClientRect().top;
    const first = Math.max(0, Math.floor(above / row) - BESIDE);
    const seen = Math.ceil(innerHeight / row) + 2 * BESIDE;

    return [first, Math.min(this.#items.length,
      first + Math.min(seen, MOST))];
  }

  /*
   * What has the focus stays as long as there is such an item, wherever that
   * is: the focus would be lost with it.
   */
  #drop(wanted) {
    for (const [key, { element, index }] of this.#rows) {
      const hasFocus = element.contains(document.activeElement);

      if (wanted.has(key) || (hasFocus &&
          this.#items.some((item) => this.#keyOf(item) === key)))
        continue;
      element.remove();
      this.#rows.delete(key);
      if (hasFocus)
        onFrame(() => this.#refocus(index));
    }
  }

  #refocus(index) {
    const at = Math.min(index, this.#items.length - 1);

    if (at >= 0 && document.activeElement === document.body)
      this.focusOn(at, 'a, button');
  }

  #row(item, key) {
    let row = this.#rows.get(key);

    if (row === undefined) {
      row = { element: this.#make(item), index: -1 };
      this.#rows.set(key, row);
    }
    return row;
  }

  #place(row, index, height) {
    if (row.index === index && row.height === height)
      return;
    row.index = index;
    row.height = height;
    row.element.style.transform = `translateY(${index * height}px)`;
  }

  #drawn() {
    const height = this.rowHeight;
    const [first, end] = this.#range(height);
    const seen = this.#items.slice(first, end);
    const keys = seen.map(this.#keyOf);

    this.#body.style.height = `${this.#items.length * height}px`;
    this.#drop(new Set(keys));
    let before = null;

    seen.forEach((item, i) => {
      const row = this.#row(item, keys[i]);

      this.#place(row, first + i, height);
      this.#update(row.element, item, first + i);
      before = this.#behind(before, row.element);
    });
  }

  /* Moves it only where it is elsewhere: a row that moves loses the focus. */
  #behind(before, element) {
    const next = before === null ? this.#body.firstElementChild :
      before.nextElementSibling;

    if (next !== element) {
      if (element.contains(document.activeElement) && element.parentNode)
        return before;
      this.#body.insertBefore(element, next);
    }
    return element;
  }
}
