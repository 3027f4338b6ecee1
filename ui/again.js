// SPDX-License-Identifier: ISC
// What there was, as it is asked for again: a lease goes on where it was.

/** ms: so long ago it was read */
export const asNew = ({ expires_in: expires, ...what }, ms = 0) =>
  expires === undefined ? what :
    { ...what, ttl: Math.max(1, Math.ceil(expires - ms)) };

/** ... with its toxics; a halt is not the proxy's */
export const proxyAsNew = ({ halted, ...proxy }, ms = 0) => ({
  ...asNew(proxy, ms), toxics: proxy.toxics.map((one) => asNew(one, ms)) });

/** By now it would be gone. */
export const isOver = ({ expires_in: expires }, ms) =>
  expires !== undefined && expires <= ms;
