// SPDX-License-Identifier: ISC
// What happens, as it does: GET /events, read as a stream.  It is fetch() and
// not EventSource, which can say neither who we are nor that we are this page.

import { ApiError, headers, heard, urlOf } from './api.js';

const RETRY_MS = 250, RETRY_MAX_MS = 5000;
const SILENCE_MS = 40000; // there is a comment every 15 s

// ---- the format: lines "field: value", and an empty one behind each event

export class Parser {
  #rest = '';
  #event = {};
  #data = [];

  /** The events that end in this piece of text: {id, event, data} */
  push(text) {
    const lines = (this.#rest + text).split('\n');
    const found = [];

    this.#rest = lines.pop();
    for (const line of lines)
      this.#line(line.endsWith('\r') ? line.slice(0, -1) : line, found);
    return found;
  }

  #line(line, found) {
    const colon = line.indexOf(':');
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '');

    if (line === '')
      this.#end(found);
    else if (field === 'data')
      this.#data.push(value);
    else if (field === 'id' || field === 'event')
      this.#event[field] = value;
    // a comment has an empty field: somebody is there
  }

  #end(found) {
    if (this.#data.length > 0)
      found.push({ ...this.#event, data: this.#data.join('\n') });
    this.#event = {};
    this.#data = [];
  }
}

// ---- the stream

/*
 * on.event(object)      each, in its order; after a break those that are
 *                       missed first, or one called "gap"
 * on.open()             it is read
 * on.lost(ms)           it has ended; ms: when it is tried again
 * on.refused(error)     by what is tried no more: 401, 403, 404
 */
export class Stream {
  #on;
  #last = null; // the id behind which it goes on
  #retry = 0;
  #stop = null; // an AbortController, as long as it is wanted
  #timer = 0;
  isOpen = false;

  constructor(on) {
    this.#on = on;
  }

  /** after: the id of an event, or null: from now on */
  open(after = this.#last) {
    this.close();
    this.#last = after;
    this.#retry = 0;
    this.#run();
  }

  close() {
    clearTimeout(this.#timer);
    this.#stop?.abort();
    this.#stop = null;
    this.isOpen = false;
  }

  /** At once, where it waits to be tried. */
  hurry() {
    if (this.#stop?.isWaiting) {
      clearTimeout(this.#timer);
      this.#run();
    }
  }

  async #run() {
    const stop = this.#stop = new AbortController();

    try {
      await this.#read(stop);
    } catch (error) {
      if (error instanceof ApiError && [401, 403, 404].includes(error.status)) {
        this.#stop = null;
        this.#on.refused(error);
        return;
      }
    }
    if (this.#stop === stop) // nobody has closed or opened it meanwhile
      this.#again(stop);
  }

  #again(stop) {
    this.isOpen = false;
    const most = Math.min(RETRY_MAX_MS, RETRY_MS * 2 ** this.#retry++);
    // not all pages at once, of a toxid that was restarted
    const ms = most / 2 + Math.random() * most / 2;

    stop.isWaiting = true;
    this.#timer = setTimeout(() => this.#run(), ms);
    this.#on.lost(ms);
  }

  async #read(stop) {
    const more = this.#last === null ? {} :
      { 'Last-Event-ID': String(this.#last) };
    const reply = await fetch(urlOf('events'), {
      headers: { ...headers(), ...more, Accept: 'text/event-stream' },
      cache: 'no-store', credentials: 'omit', signal: stop.signal });

    heard(reply.status);
    if (!reply.ok) {
      await reply.body?.cancel();
      throw new ApiError(reply.status, `events: ${reply.status}`);
    }
    this.isOpen = true;
    this.#on.open();
    await this.#pump(reply.body.getReader(), stop);
  }

  async #pump(reader, stop) {
    const decoder = new TextDecoder(), parser = new Parser();
    let watch = 0;

    try {
      for (;;) {
        clearTimeout(watch);
        watch = setTimeout(() => reader.cancel(), SILENCE_MS);
        const { done, value } = await reader.read();

        if (done || this.#stop !== stop)
          return;
        heard(200);
        for (const one of parser.push(decoder.decode(value, { stream: true })))
          this.#take(one);
      }
    } finally {
      clearTimeout(watch);
    }
  }

  #take({ id, data }) {
    const event = JSON.parse(data);

    this.#retry = 0;
    // "state" has the id of what it was made from, and is not behind it
    if (event.event !== 'state')
      this.#last = id;
    else
      this.#last ??= String(event.last);
    this.#on.event(event);
  }
}
