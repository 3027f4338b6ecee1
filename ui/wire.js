// SPDX-License-Identifier: ISC
// The wire of a proxy, drawn: from the client through the upstream toxics to
// the server, and back through the downstream toxics, in the order in which
// bytes meet them.

import { clientTexts, connectSays, dialTexts } from './connect.js';
import { h, s, setAttribute, setText } from './dom.js';
import { visible } from './text.js';
import { family, signPath, strength } from './weather.js';
import { store } from './store.js';

const NARROW = 600;  // below it stands upright
const END = 124;     // a box for the client and one for the server
const STATION = 112; // room of one toxic, lying
const FLOOR = 62;    // ... and standing
const CHARACTER = 6.6;

const fit = (text, room) => {
  const all = [...text], n = Math.max(3, Math.floor(room / CHARACTER));

  return all.length <= n ? text : `${all.slice(0, n - 1).join('')}…`;
};

// ---- where things are

/* Of both: ends, the two lines, and the place of the i-th of n toxics. */
/* Names stand above the one line and below the other, where there are any. */
function lying(width, { upstream, downstream }) {
  const most = Math.max(upstream.length, downstream.length);
  const wide = Math.max(width, 2 * END + 40 + most * STATION);
  const from = END + 10, to = wide - END - 10;
  const up = upstream.length > 0 ? 76 : 30, down = up + 42, box = up - 24;

  return { width: wide, isUpright: false,
    height: down + (downstream.length > 0 ? 64 : 28),
    client: [2, box, END, 90], server: [wide - END - 2, box, END, 90],
    lines: { upstream: `M${from - 8} ${up}H${to + 8}`,
      downstream: `M${to + 8} ${down}H${from - 8}` },
    heads: { upstream: `M${to + 1} ${up - 5}l8 5-8 5`,
      downstream: `M${from - 1} ${down - 5}l-8 5 8 5` },
    room: (to - from) / Math.max(1, most) - 8,
    at: (stream, i, n) => {
      const part = (to - from) / n * (i + 0.5);

      return stream === 'upstream' ? [from + part, up] : [to - part, down];
    } };
}

function upright(width, { upstream, downstream }) {
  const most = Math.max(1, upstream.length, downstream.length);
  const high = 150 + most * FLOOR, low = high - 50;
  const up = 26, down = width / 2 + 26;

  return { width, height: high, isUpright: true,
    client: [2, 2, width - 4, 44], server: [2, high - 46, width - 4, 44],
    lines: { upstream: `M${up} 50V${low}`, downstream: `M${down} ${low}V50` },
    heads: { upstream: `M${up - 5} ${low - 9}l5 8 5-8`,
      downstream: `M${down - 5} 59l5-8 5 8` },
    room: width / 2 - 56,
    at: (stream, i, n) => {
      const part = (low - 50) / n * (i + 0.5);

      return stream === 'upstream' ? [up, 50 + part] : [down, low - part];
    } };
}

// ---- what is drawn

/* texts: what is between it and the proxy, else nothing */
function end(place, title, address, isUpright, texts) {
  const [x, y, width, height] = place, middle = x + width / 2;
  const top = y + (isUpright ? 19 : height / 2 - 5 - 6 * texts.length);
  const first = isUpright && texts.length > 0 ?
    `${title}: ${texts.join(', ')}` : title;

  return s('g', { class: texts.length > 0 ? 'end met' : 'end' },
    s('rect', { x, y, width, height, rx: 10 }),
    s('text', { x: middle, y: top, class: 'title' }, fit(first, width - 10)),
    s('text', { x: middle, y: top + (isUpright ? 16 : 18), class: 'address' },
      fit(visible(address), width - 10)),
    isUpright ? null : texts.map((text, i) => s('text', { x: middle,
      y: top + 32 + 12 * i, class: 'connect' }, fit(text, width - 10))));
}

function labels(toxic, at, plan, stream) {
  const [x, y] = at;
  const says = strength(toxic, store.kinds);
  // lying, those of one line stand above it, of the other below
  const [dx, dy, anchor] = plan.isUpright ? [22, -3, 'start'] :
    [0, stream === 'upstream' ? -40 : 36, 'middle'];
  const line = (rest, className, text) => s('text', { x: x + dx,
    y: y + dy + rest, class: className, 'text-anchor': anchor },
  fit(visible(text), plan.room));

  return [line(0, 'name', toxic.name), line(15, 'says', says || toxic.type)];
}

/* What stands beside it is cut where there is no room: its name says it all. */
function station(toxic, at, plan, stream, pick) {
  const [x, y] = at, go = () => pick(toxic.name);

  return [s('g', { class: `station ${family(toxic.type)}`, role: 'button',
    tabindex: 0, 'data-toxic': toxic.name,
    'aria-label': `${toxic.type} “${visible(toxic.name)}”, ${stream}, ${
      strength(toxic, store.kinds)}`,
    onclick: go,
    onkeydown: (event) => {
      if (event.key !== 'Enter' && event.key !== ' ')
        return;
      event.preventDefault();
      go();
    } },
  s('circle', { cx: x, cy: y, r: 15 }),
  s('path', { d: signPath(toxic.type), class: 'sign',
    transform: `translate(${x - 9} ${y - 9}) scale(1.125)` })),
  s('g', { 'aria-hidden': 'true', class: 'labels', onclick: go },
    labels(toxic, at, plan, stream))];
}

const STREAMS = ['upstream', 'downstream'];

/** In words, for who does not see it, and for who does. */
function told(chains, connect) {
  const met = connectSays(connect, store.connect);
  const ways = STREAMS.map((stream) => {
    const all = chains[stream].map((toxic) => `${visible(toxic.name)} (${
      [toxic.type, strength(toxic, store.kinds)].filter(Boolean).join(', ')})`);

    return `${stream === 'upstream' ? 'Client to server' :
      'Server to client'}: ${all.length > 0 ? all.join(', then ') : 'clear'}.`;
  });

  return [met && `Connect: ${met}.`, ...ways].filter(Boolean).join(' ');
}

export class Wire {
  #svg = s('svg', { role: 'group', 'aria-label': 'The wire' });
  #caption = h('p', { class: 'caption' });
  #box = h('div', { class: 'wire', tabindex: 0, role: 'group',
    'aria-label': 'The wire, drawn' }, this.#svg);
  #flows = {};
  #pick;
  #proxy = null;
  #size = new ResizeObserver(() => this.#draw());

  /** pick(name): somebody has chosen that toxic */
  constructor(pick) {
    this.#pick = pick;
    this.#size.observe(this.#box);
  }

  get shown() {
    return [this.#box, this.#caption];
  }

  show(proxy) {
    this.#proxy = proxy;
    this.#draw();
  }

  #draw() {
    const width = this.#box.clientWidth;

    if (this.#proxy === null || width === 0)
      return;
    const chains = Object.fromEntries(STREAMS.map((stream) => [stream,
      this.#proxy.toxics.filter((toxic) => toxic.stream === stream)]));
    const plan = (width < NARROW ? upright : lying)(width, chains);
    const focused = document.activeElement?.getAttribute?.('data-toxic');

    setAttribute(this.#svg, 'viewBox', `0 0 ${plan.width} ${plan.height}`);
    setAttribute(this.#svg, 'width', plan.width);
    setAttribute(this.#svg, 'height', plan.height);
    this.#svg.replaceChildren(
      ...STREAMS.flatMap((stream) => this.#line(stream, plan)),
      end(plan.client, 'clients', this.#proxy.listen, plan.isUpright,
        clientTexts(this.#proxy.connect)),
      end(plan.server, 'server', this.#proxy.upstream, plan.isUpright,
        dialTexts(this.#proxy.connect)),
      ...STREAMS.flatMap((stream) => this.#stations(chains, stream, plan)));
    setText(this.#caption, told(chains, this.#proxy.connect));
    if (focused)
      this.#svg.querySelector(`[data-toxic="${CSS.escape(focused)}"]`)?.focus();
  }

  #line(stream, plan) {
    const flow = s('path', { class: `flow ${stream}`, d: plan.lines[stream] });

    this.#flows[stream] = flow;
    return [s('path', { class: `line ${stream}`, d: plan.lines[stream] }), flow,
      s('path', { class: `head ${stream}`, d: plan.heads[stream] })];
  }

  #stations(chains, stream, plan) {
    const all = chains[stream];

    return all.flatMap((toxic, i) => station(toxic,
      plan.at(stream, i, all.length), plan, stream, this.#pick));
  }

  /** Bytes a second: the more, the faster it flows. */
  flow(up, down) {
    for (const [stream, rate] of [['upstream', up], ['downstream', down]]) {
      const flow = this.#flows[stream];
      const isOn = this.#proxy?.enabled && rate > 0;

      if (flow === undefined)
        continue;
      flow.classList.toggle('moving', Boolean(isOn));
      if (isOn)
        flow.style.animationDuration = `${
          Math.max(0.3, 3.2 - Math.log10(1 + rate) * 0.42).toFixed(1)}s`;
    }
  }

  close() {
    this.#size.disconnect();
  }
}
