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
    /** Whether no other window of this browser is in the visit. It is what the browser says, however long that takes it: silence is no answer. */
    free: async () => inside || !locks || (await isFree(locks, visit)) || (await comesFree(locks, visit)) || isFree(locks, visit),
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

/** @param {LockManager} locks @param {string} visit @returns {Promise<boolean>} */
const isFree = (locks, visit) => locks.request(name(visit), { ifAvailable: true }, (lock) => lock !== null);

/** Waits for a page that is going. @param {LockManager} locks @param {string} visit @returns {Promise<boolean>} */
const comesFree = (locks, visit) => locks.request(name(visit), { signal: AbortSignal.timeout(RELOAD) }, () => true).catch(() => false);

/** @param {string} visit */
const name = (visit) => `curbside:${visit}`;
