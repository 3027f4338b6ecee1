// SPDX-License-Identifier: ISC
// What was counted in the last minutes, in as much memory at the end as at the
// beginning.

/** The last so many samples, each of so many numbers. */
export class History {
  #values;
  #width;
  #room;
  #first = 0;
  length = 0;

  constructor(room, width) {
    this.#values = new Float64Array(room * width);
    this.#width = width;
    this.#room = room;
  }

  push(...sample) {
    const at = (this.#first + this.length) % this.#room;

    this.#values.set(sample, at * this.#width);
    if (this.length < this.#room)
      this.length++;
    else
      this.#first = (this.#first + 1) % this.#room;
  }

  /** i: 0 is the oldest; NaN where nothing was known */
  at(i, column) {
    return this.#values[(this.#first + i) % this.#room * this.#width + column];
  }

  last(column) {
    return this.length > 0 ? this.at(this.length - 1, column) : NaN;
  }

  clear() {
    this.#first = this.length = 0;
  }
}

/**
 * What goes through a proxy a second, of two of its counts.  A count that is
 * less than before is another proxy's of that name: nothing is known of it yet.
 */
export class Rates {
  #before = null;

  /** {up, down}, or null: this was the first */
  next(bytes, now) {
    const before = this.#before;
    const is = { up: bytes.upstream.sent, down: bytes.downstream.sent, now };

    this.#before = is;
    if (before === null || is.up < before.up || is.down < before.down ||
        now <= before.now)
      return null;
    return { up: (is.up - before.up) / (now - before.now) * 1000,
      down: (is.down - before.down) / (now - before.now) * 1000 };
  }

  forget() {
    this.#before = null;
  }
}
