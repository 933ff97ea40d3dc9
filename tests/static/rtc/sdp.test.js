/** static/rtc/sdp.js: what is asked of the other side's encoder. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { withOpus } from "../../../static/rtc/sdp.js";

const lines = (/** @type {string[]} */ ...all) => `${all.join("\r\n")}\r\n`;

test("DTX and FEC join what stands there already", () => {
  const sdp = lines("m=audio 9 UDP/TLS/RTP/SAVPF 111 63", "a=rtpmap:111 opus/48000/2", "a=fmtp:111 minptime=10;useinbandfec=1", "a=rtpmap:63 red/48000/2", "a=fmtp:63 111/111");
  assert.equal(withOpus(sdp), sdp.replace("useinbandfec=1", "useinbandfec=1;usedtx=1"));
});

test("a description without parameters gets them, right behind the codec", () => {
  const sdp = lines("a=rtpmap:109 opus/48000/2", "a=mid:0");
  assert.equal(withOpus(sdp), lines("a=rtpmap:109 opus/48000/2", "a=fmtp:109 useinbandfec=1;usedtx=1", "a=mid:0"));
});

test("asking twice is asking once, and without Opus nothing is changed", () => {
  const sdp = withOpus(lines("a=rtpmap:111 opus/48000/2", "a=fmtp:111 usedtx=0;stereo=1"));
  assert.equal(withOpus(sdp), sdp);
  assert.match(sdp, /usedtx=1;stereo=1;useinbandfec=1/);
  assert.equal(withOpus("v=0\r\n"), "v=0\r\n");
});
