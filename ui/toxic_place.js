// SPDX-License-Identifier: ISC
// Where a toxic is: on a proxy, or on one session of it alone.

import * as api from './api.js';
import { curl, toxicCommand } from './copy.js';
import { refresh } from './follow.js';

class Place {
  #of;

  constructor(of, refresh) {
    this.#of = of;
    this.refresh = refresh; // what is shown of it is another
  }

  get isSession() {
    return this.#of.session !== undefined;
  }

  all() {
    return api.toxics(this.#of);
  }

  async add(body) {
    const toxic = await api.addToxic(this.#of, body);

    this.refresh();
    return toxic;
  }

  async change(name, body) {
    const toxic = await api.changeToxic(this.#of, name, body);

    this.refresh();
    return toxic;
  }

  async remove(name) {
    await api.removeToxic(this.#of, name);
    this.refresh();
  }

  // ---- commands that add one here

  curl(body) {
    const { proxy, session } = this.#of;
    const of = session === undefined ? [proxy] : [proxy, 'sessions', session];

    return curl('POST', `proxies/${of.map(encodeURIComponent).join('/')
    }/toxics`, body);
  }

  toxictl(body) {
    return toxicCommand(this.#of.proxy, body, this.#of.session);
  }
}

export const onProxy = (proxy) => new Place({ proxy }, () => refresh(proxy));

/** refresh(): asks for what the session has by now */
export const onSession = (proxy, session, refresh) =>
  new Place({ proxy, session }, refresh);
