// What this person may change, brought to this device; and how much waits here, told to the server.
import * as db from './db.js';
import { session } from './outbox.js';
import { show } from './strip.js';

/** Brings what this person may change to this device, and tells the server how much waits here. */
export async function look(fresh = false) {
  const here = await session('?mine=1');
  if (here?.uid !== db.owner()) return;
  sessionStorage.setItem('looked', Date.now());
  if (fresh && here.held) show('lost', { n: here.held });
  const copies = new Map((await db.all('copies')).map((copy) => [copy.id, copy]));
  for (const [id, rev] of here.mine ?? []) {
    if (copies.get(id)?.rev !== rev) await copy(id);
    copies.delete(id);
  }
  for (const id of copies.keys()) await db.remove('copies', id);
  await db.put('meta', here.meetings ?? [], 'meetings');
  await held(here);
}

/** Keeps one document as the server has it now. */
async function copy(id) {
  try {
    const answer = await fetch(`/fiches/${id}/answers`, { headers: { Accept: 'application/json' }, redirect: 'manual' });
    const said = await answer.json();
    if (answer.ok && said.id === id) await db.put('copies', { ...said, base: `rev:${said.rev}` });
  } catch { /* the one we have serves */ }
}

async function held(here) {
  const n = await db.unsent();
  if (n === here.held) return;
  const body = new URLSearchParams({ n });
  await fetch('/session/held', { method: 'POST', body, headers: { 'X-CSRFToken': here.csrf, Accept: 'application/json' } }).catch(() => {});
}
