/**
 * One window at a time is in the visit. The first that enters holds a lock of this browser; a second one finds it taken and asks
 * its person first. A reload gives the lock back before it asks for it, and another device simply takes over.
 */

const RELOAD = 500; // ms that the page before may take to go

/** @param {string} visit @returns {{free: () => Promise<boolean>, enter: () => void, leave: () => void}} */
export function oneWindow(visit) {
  const locks = navigator.locks; // missing in old browsers: then the server alone decides
  let leave = () => {};
  let inside = false;
  return {
    /** Whether no other window of this browser is in the visit. */
    free: async () => inside || !locks || (await locks.request(name(visit), { signal: AbortSignal.timeout(RELOAD) }, () => true).catch(() => false)),
    /** Holds the place from now on, or from the moment the other window gives it up. */
    enter: () => {
      if (inside) return;
      inside = true;
      void locks?.request(name(visit), () => (inside ? new Promise((/** @type {(value?: unknown) => void} */ done) => (leave = done)) : null)).catch(() => {});
    },
    leave: () => {
      inside = false;
      leave();
    },
  };
}

/** @param {string} visit */
const name = (visit) => `curbside:${visit}`;
