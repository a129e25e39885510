// What this person may change, brought to this device; and how much waits here, told to the server.
import * as db from './db.js';
import { session } from './outbox.js';
import { show } from './strip.js';

/** Brings what this person may change to this device, and tells the server how much waits here. */
export async function look(fresh = false) {
  const here = await session('?mine=1');
  if (here?.uid !== db.owner()) return;
  if (fresh && here.held) show('lost', { n: here.held });
  await db.put('meta', here.meetings ?? [], 'meetings');
  const copies = new Map((await db.all('copies')).map((copy) => [copy.id, copy]));
  for (const [id, rev, at = `/fiches/${id}/answers`] of [...(here.mine ?? []), ...(here.notes ?? [])]) {
    if (copies.get(id)?.rev !== rev) await copy(id, at);
    copies.delete(id);
  }
  for (const id of copies.keys()) await db.remove('copies', id);
  await sittings(here.sittings ?? []);
  await held(here);
  sessionStorage.setItem('looked', Date.now()); // a page left before this leaves the rest to the next one
}

/** Keeps one document as the server has it now. */
async function copy(id, at) {
  try {
    const answer = await fetch(at, { headers: { Accept: 'application/json' }, redirect: 'manual' });
    const said = await answer.json();
    if (answer.ok && said.id === id) await db.put('copies', { ...said, base: `rev:${said.rev}` });
  } catch { /* the one we have serves */ }
}

/** Keeps the page of a meeting that this person writes, as the server drew it, without any token. */
export async function keepSitting(from) {
  const whole = from.querySelector('[data-writes]')?.cloneNode(true);
  if (!whole) return;
  for (const token of whole.querySelectorAll('[name="csrf_token"]')) token.remove();
  const { sitting } = whole.dataset;
  await db.put('meta', { sitting, html: whole.outerHTML }, `sitting/${sitting}`);
}

/** Brings the pages of these meetings that are not here, and forgets the others. */
async function sittings(codes) {
  const here = (await db.all('meta')).map((row) => row?.sitting).filter(Boolean);
  for (const code of here) if (!codes.includes(code)) await db.remove('meta', `sitting/${code}`);
  for (const code of codes.filter((one) => !here.includes(one))) {
    const answer = await fetch(`/meetings/${code}/live`, { redirect: 'manual' }).catch(() => null);
    if (answer?.ok) await keepSitting(new DOMParser().parseFromString(await answer.text(), 'text/html'));
  }
}

async function held(here) {
  const n = await db.unsent();
  if (n === here.held) return;
  const body = new URLSearchParams({ n });
  await fetch('/session/held', { method: 'POST', body, headers: { 'X-CSRFToken': here.csrf, Accept: 'application/json' } }).catch(() => {});
}
