// A new version of the site is there: the person is asked, and what they write is kept before the page loads anew.
import { flushing } from './offline.js';
import { show } from './strip.js';

/** Offers the worker that waits. */
export function offer(next) {
  show('update', {}, {
    update: async () => {
      await Promise.all([...flushing].map((flush) => flush()));
      navigator.serviceWorker.addEventListener('controllerchange', () => location.reload(), { once: true });
      next.postMessage('go');
    },
  });
}
