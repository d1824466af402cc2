/** `text` as it may stand in HTML, between tags and in quoted attributes. */
export const escapeHtml = (text: string): string =>
  special.test(text) ? text.replace(/[&<>"']/g, (char) => `&#${char.charCodeAt(0)};`) : text

const special = /[&<>"']/
