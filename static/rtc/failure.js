/** Why a camera or microphone could not be had, as one of a few kinds that a person can do something about. Pure. */

/**
 * @typedef {"denied" | "none" | "in-use" | "insecure" | "unsupported" | "interrupted" | "stopped"} FailureKind
 *   `interrupted`: the system has silenced it, as in a phone call; `stopped`: it was lost, and only the person can bring it back
 */

/** @type {Record<string, FailureKind>} by DOMException name; the older names are still thrown by WebViews */
const KINDS = {
  NotAllowedError: "denied",
  PermissionDeniedError: "denied",
  SecurityError: "denied",
  NotFoundError: "none",
  DevicesNotFoundError: "none",
  OverconstrainedError: "none",
  NotReadableError: "in-use",
  TrackStartError: "in-use",
  AbortError: "in-use",
};

/**
 * What a rejected getUserMedia means. An unknown error counts as "in-use": trying again is then the right advice.
 * @param {unknown} error
 * @returns {FailureKind}
 */
export function failureKind(error) {
  const name = error instanceof Error || (typeof error === "object" && error && "name" in error) ? String(error.name) : "";
  if (name === "TypeError") return "unsupported";
  return KINDS[name] ?? "in-use";
}

/**
 * What stands in the way before anything is asked for: no HTTPS, or a browser without WebRTC. Null when nothing does.
 * @param {{isSecureContext: boolean, RTCPeerConnection?: unknown, navigator: {mediaDevices?: {getUserMedia?: unknown}}}} scope
 * @returns {"insecure" | "unsupported" | null}
 */
export function obstacle(scope) {
  if (!scope.isSecureContext) return "insecure";
  if (!scope.RTCPeerConnection || !scope.navigator.mediaDevices?.getUserMedia) return "unsupported";
  return null;
}
