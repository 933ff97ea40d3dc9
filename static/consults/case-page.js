/** Counts down, on the page of a case that rings, what is left of its step, and asks the server when that is over. */
import { byId } from "../call/dom.js";
import { counted } from "./countdown.js";

counted(byId("progress"), () => document.body.dispatchEvent(new CustomEvent("curbside:consults")));
