/**
 * Perfect negotiation of one link (W3C WebRTC "Perfect negotiation example", RFC 9429 section 4.1), as a pure machine:
 * link + event -> link + effects. No RTCPeerConnection, no socket. `signaling/link.py` is the same machine, and the playbooks of
 * tests/golden/link hold both to it; their README lists every event and effect. Three additions to the pattern, because offers
 * may be lost while somebody is away: only the impolite side makes the first offer, an unanswered offer is sent again word for
 * word, and everything names the connection (`instance`) that it belongs to.
 */

/**
 * @typedef {RTCIceCandidateInit | null} Candidate null is the end of candidates
 * @typedef {object} Link
 * @property {string} self
 * @property {string} peer
 * @property {string} seed random; instances are `seed.1`, `seed.2`, …
 * @property {number} count
 * @property {boolean} offerer
 * @property {"closed" | "stable" | "have-local-offer" | "have-remote-offer"} signaling
 * @property {boolean} makingOffer
 * @property {string | null} remote instance of the peer's connection
 * @property {string} offered
 * @property {Candidate[]} gathered
 * @property {[string, Candidate][]} held candidates whose description has not come
 *
 * @typedef {{type: "open"} | {type: "reset"} | {type: "close"} | {type: "restart"} | {type: "broken", instance: string}
 *   | {type: "negotiationneeded", instance: string} | {type: "overdue", instance: string}
 *   | {type: "local", instance: string, kind: "offer" | "answer", sdp: string}
 *   | {type: "gathered", instance: string, candidate: Candidate} | {type: "candidate", instance: string, candidate: Candidate}
 *   | {type: "offer", instance: string, sdp: string} | {type: "answer", instance: string, re: string, sdp: string}} LinkEvent
 *
 * @typedef {{do: "open-connection", instance: string, offerer: boolean} | {do: "close-connection"} | {do: "restart-ice"}
 *   | {do: "set-local", kind: "offer" | "answer"} | {do: "set-remote", kind: "offer" | "answer", sdp: string}
 *   | {do: "add-candidate", candidate: Candidate} | {do: "await-answer", instance: string, ms: number}
 *   | {do: "send-to-peer", type: "offer" | "answer" | "candidate", body: Record<string, unknown>}} Effect
 * @typedef {[Link, Effect[]]} Step
 */

const ANSWER_WAIT = 5000; // ms after which an offer without an answer is sent again
const KEPT = 64; // candidates held for a description that has not come, and kept for sending again

/** @param {string} self @param {string} peer @param {string} seed @returns {Link} closed */
export function newLink(self, peer, seed, count = 0) {
  return { self, peer, seed, count, offerer: false, signaling: "closed", makingOffer: false, remote: null, offered: "", gathered: [], held: [] };
}

/** The larger participant id yields when two offers meet. @param {Link} link */
export const polite = (link) => link.self > link.peer;

/** The id of the current RTCPeerConnection. @param {Link} link */
export const instanceOf = (link) => `${link.seed}.${link.count}`;

/** Folds one event into the link. A closed link hears only `open`. @param {Link} link @param {LinkEvent} event @returns {Step} */
export function step(link, event) {
  if (link.signaling === "closed") return event.type === "open" ? reopen(link, !polite(link)) : [link, []];
  switch (event.type) {
    case "open": return [link, []];
    case "reset": return reopen(link, !polite(link));
    // the peer cannot know, so this side offers, whatever its politeness
    case "broken": return event.instance === instanceOf(link) ? reopen(link, true) : [link, []];
    case "restart": return restart(link);
    case "close": return [newLink(link.self, link.peer, link.seed, link.count), [{ do: "close-connection" }]];
    case "offer": return offer(link, event);
    case "answer": return answer(link, event);
    case "candidate": return candidate(link, event);
    default: return event.instance === instanceOf(link) ? ofConnection(link, event) : [link, []];
  }
}

/** @param {Link} link @param {Extract<LinkEvent, {type: "negotiationneeded" | "local" | "gathered" | "overdue"}>} event @returns {Step} */
function ofConnection(link, event) {
  switch (event.type) {
    case "negotiationneeded": return negotiate(link);
    case "local": return local(link, event);
    case "gathered": return gathered(link, event.candidate);
    case "overdue": return [link, offerAgain(link)];
  }
}

/** @param {Link} link @param {boolean} offerer @returns {Step} */
function reopen(link, offerer) {
  const fresh = { ...newLink(link.self, link.peer, link.seed, link.count + 1), offerer, signaling: /** @type {const} */ ("stable"), held: link.held };
  return [fresh, [{ do: "open-connection", instance: instanceOf(fresh), offerer }]];
}

/** @param {Link} link @returns {Step} */
function restart(link) {
  // the candidates of an offer that waits may be those of a network that is gone: it is sent again, and a fresh one follows its answer
  return [link, [...(link.remote === null ? [] : [/** @type {Effect} */ ({ do: "restart-ice" })]), ...offerAgain(link)]];
}

/** When not stable nothing is lost: the browser fires negotiationneeded again on the way back. @param {Link} link @returns {Step} */
function negotiate(link) {
  const may = link.offerer || link.remote !== null;
  if (link.signaling !== "stable" || link.makingOffer || !may) return [link, []];
  return [{ ...link, makingOffer: true }, [{ do: "set-local", kind: "offer" }]];
}

/** @param {Link} link @param {Extract<LinkEvent, {type: "local"}>} event @returns {Step} */
function local(link, event) {
  if (event.kind === "offer" && link.makingOffer) {
    /** @type {Link} */
    const made = { ...link, makingOffer: false, signaling: "have-local-offer", offered: event.sdp, gathered: [] };
    return [made, offerAgain(made)];
  }
  if (event.kind === "answer" && link.signaling === "have-remote-offer") {
    const body = { link: nameOf(link), instance: instanceOf(link), re: link.remote, sdp: event.sdp };
    return [{ ...link, signaling: "stable" }, [{ do: "send-to-peer", type: "answer", body }]];
  }
  return [link, []]; // an offer that was given up for the peer's while it was being made
}

/** @param {Link} link @returns {Effect[]} */
function offerAgain(link) {
  if (link.signaling !== "have-local-offer") return [];
  const body = { link: nameOf(link), instance: instanceOf(link), sdp: link.offered };
  /** @type {Effect[]} */
  const sent = [{ do: "send-to-peer", type: "offer", body }, { do: "await-answer", instance: instanceOf(link), ms: ANSWER_WAIT }];
  return [...sent, ...link.gathered.map((found) => candidateMessage(link, found))];
}

/** @param {Link} link @param {Candidate} found @returns {Step} */
function gathered(link, found) {
  return [{ ...link, gathered: [...link.gathered, found].slice(-KEPT) }, [candidateMessage(link, found)]];
}

/** @param {Link} link @param {Candidate} found @returns {Effect} */
function candidateMessage(link, found) {
  return { do: "send-to-peer", type: "candidate", body: { link: nameOf(link), instance: instanceOf(link), candidate: found } };
}

/** @param {Link} link @param {Extract<LinkEvent, {type: "offer"}>} event @returns {Step} */
function offer(link, event) {
  const offering = link.makingOffer || link.signaling === "have-local-offer";
  // ours wins: the polite side gives its own up for it, and gets it again, because it may have been away when ours was sent
  if (offering && !polite(link)) return [link, link.makingOffer ? [] : offerAgain(link)];
  if (link.signaling === "have-remote-offer" && event.instance === link.remote) return [link, []]; // again; its answer is on the way
  return acceptOffer(link, event);
}

/** @param {Link} before @param {Extract<LinkEvent, {type: "offer"}>} event @returns {Step} */
function acceptOffer(before, event) {
  // a connection that has made its own m-lines, or belongs to an older one of the peer, cannot take this offer
  const stale = before.remote === null ? before.offerer : before.remote !== event.instance;
  const [link, opened] = stale ? reopen(before, false) : [before, []];
  const [described, effects] = describe({ ...link, signaling: "have-remote-offer", makingOffer: false }, { do: "set-remote", kind: "offer", sdp: event.sdp }, event.instance);
  return [described, [...opened, ...effects, { do: "set-local", kind: "answer" }]];
}

/** @param {Link} link @param {Extract<LinkEvent, {type: "answer"}>} event @returns {Step} */
function answer(link, event) {
  if (link.signaling !== "have-local-offer" || event.re !== instanceOf(link)) return [link, []];
  if (link.remote !== null && link.remote !== event.instance) return reopen(link, true); // answered by a new connection: ours lost its other end
  return describe({ ...link, signaling: "stable" }, { do: "set-remote", kind: "answer", sdp: event.sdp }, event.instance);
}

/** @param {Link} link @param {Effect} remote @param {string} instance @returns {Step} */
function describe(link, remote, instance) {
  const ready = link.held.filter(([owner]) => owner === instance).map(([, held]) => /** @type {Effect} */ ({ do: "add-candidate", candidate: held }));
  return [{ ...link, remote: instance, held: [] }, [remote, ...ready]];
}

/** @param {Link} link @param {Extract<LinkEvent, {type: "candidate"}>} event @returns {Step} */
function candidate(link, event) {
  if (event.instance === link.remote) return [link, [{ do: "add-candidate", candidate: event.candidate }]];
  /** @type {[string, Candidate][]} */
  const held = [...link.held, [event.instance, event.candidate]];
  return [{ ...link, held: held.slice(-KEPT) }, []];
}

/** The link's name in message bodies. @param {Link} link */
const nameOf = (link) => `p2p:${link.peer}`;
