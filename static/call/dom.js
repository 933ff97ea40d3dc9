/** Finding, copying and announcing: the few things that every part of the page does with the document. */

/**
 * The element with this id, which the template promises.
 * @template {HTMLElement} [Kind=HTMLElement]
 * @param {string} id
 * @returns {Kind}
 */
export function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return /** @type {Kind} */ (found);
}

/**
 * The first match inside `root`, which the template promises.
 * @template {Element} [Kind=HTMLElement]
 * @param {ParentNode} root
 * @param {string} selector
 * @returns {Kind}
 */
export function within(root, selector) {
  const found = root.querySelector(selector);
  if (!found) throw new Error(`no ${selector} here`);
  return /** @type {Kind} */ (found);
}

/** A copy of the one element in a <template>. @param {string} id @returns {HTMLElement} */
export function copyOf(id) {
  const template = /** @type {HTMLTemplateElement} */ (byId(id));
  return /** @type {HTMLElement} */ (document.importNode(template.content, true).firstElementChild);
}

/** Says it to those who do not see the screen. @param {string} text */
export function announce(text) {
  byId("announce").textContent = text;
}

/** Two letters for a person without a picture; titles do not count. @param {string} name */
export function initials(name) {
  const parts = name.split(/\s+/).filter((part) => part && !/^(dr|mr|mrs|ms|prof)\.?$/i.test(part));
  return [parts[0], parts.length > 1 ? parts[parts.length - 1] : ""].map((part) => part?.[0] ?? "").join("").toUpperCase();
}
