// A document that is open in two tabs: one of them writes, the other reads, and may go on there.
import * as db from './db.js';
import { channel } from './outbox.js';
import { show } from './strip.js';

/** This tab reads; it says so, and offers to go on here. */
export function close(writing) {
  const { form, doc } = writing;
  form.dataset.elsewhere = '';
  for (const control of form.elements) control.disabled = true;
  show('elsewhere', {}, {
    here: async () => {
      channel?.postMessage({ kind: 'release', doc, uid: db.owner() });
      await writing.lock(true);
      location.reload();
    },
  });
}

/** Another tab goes on with this document: what stands here is written down first. */
export async function release(writing) {
  await writing.flush();
  writing.free?.();
  await writing.elsewhere();
}
