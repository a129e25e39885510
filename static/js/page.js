// Loaded by every page. Each module adds one behaviour to a page that already works without it.
import './counter.js';
import './copy.js';
import './menu.js';
import './guard.js';
import './upload.js';
import './summary.js';
import './live.js';
import './offline.js';
