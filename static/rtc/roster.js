/** Who is in the room, and what has to happen to the links when that changes. Pure. */

/**
 * @typedef {import("./protocol.js").Participant} Participant
 * @typedef {ReadonlyMap<string, Participant>} Roster by participant id
 * @typedef {object} Change
 * @property {Roster} roster
 * @property {string[]} opened a link is wanted
 * @property {string[]} reset another load of their page: the old link leads nowhere
 * @property {string[]} kept the same page as before: a link that is up stays as it is
 * @property {string[]} closed
 */

/**
 * The room after `welcome`. Somebody who is missing from it but whose link still carries media stays: after a restart of the
 * server they have only not come back to signaling yet.
 * @param {Roster} before
 * @param {readonly Participant[]} present
 * @param {(id: string) => boolean} alive whether media flows on the link to this participant
 * @returns {Change}
 */
export function welcomed(before, present, alive) {
  const roster = new Map(present.map((participant) => [participant.id, participant]));
  const gone = [...before.values()].filter(({ id }) => !roster.has(id));
  for (const participant of gone) if (alive(participant.id)) roster.set(participant.id, participant);
  const known = present.filter(({ id }) => before.has(id));
  const same = known.filter(({ id, instance }) => before.get(id)?.instance === instance);
  return {
    roster,
    opened: ids(present.filter(({ id }) => !before.has(id))),
    reset: ids(known.filter((participant) => !same.includes(participant))),
    kept: ids(same),
    closed: ids(gone.filter(({ id }) => !roster.has(id))),
  };
}

/** @param {Roster} before @param {Participant} participant @returns {Change} */
export function joined(before, participant) {
  const known = before.get(participant.id);
  const change = { roster: new Map(before).set(participant.id, participant), opened: [], reset: [], kept: [], closed: [] };
  const kind = !known ? "opened" : known.instance === participant.instance ? "kept" : "reset";
  return { ...change, [kind]: [participant.id] };
}

/** @param {Roster} before @param {string} id @returns {Change} */
export function left(before, id) {
  const roster = new Map(before);
  return { roster, opened: [], reset: [], kept: [], closed: roster.delete(id) ? [id] : [] };
}

/**
 * Somebody has not come back to signaling in time. While their link carries media they are still there to be seen and heard.
 * @param {Roster} before @param {string} id @param {(id: string) => boolean} alive @returns {Change}
 */
export function lost(before, id, alive) {
  return alive(id) ? { roster: before, opened: [], reset: [], kept: [], closed: [] } : left(before, id);
}

/** @param {Roster} before @param {string} id @param {Participant["media"]} media @returns {Roster} */
export function switched(before, id, media) {
  const known = before.get(id);
  return known ? new Map(before).set(id, { ...known, media }) : before;
}

/** @param {readonly Participant[]} participants */
const ids = (participants) => participants.map(({ id }) => id);
