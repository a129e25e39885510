// A form, or one part of it, as pairs [name, text]. The way back is in lists.js.

const PROTOCOL = new Set(['csrf_token', 'op_id', 'base', 'schema_version', 'author', 'part', 'field', 'act', 'begun_at']);
const NAMED = 'input[name], select[name], textarea[name]';

export const controls = (scope) => [...scope.querySelectorAll(NAMED)].filter((c) => !PROTOCOL.has(c.name) && c.type !== 'file');

/** What a browser would post of this part, without tokens and files. */
export function read(scope) {
  return controls(scope)
    .filter((c) => (c.type !== 'checkbox' && c.type !== 'radio') || c.checked)
    .map((c) => [c.name, c.value.replace(/\r\n?/g, '\n')]);
}

/** Whether two lists of pairs say the same. Empty texts say nothing. */
export function same(one, other) {
  const said = (fields) => JSON.stringify(fields.filter(([, text]) => text.trim()).map(([n, t]) => [n, t.trim()]).sort());
  return said(one) === said(other);
}
