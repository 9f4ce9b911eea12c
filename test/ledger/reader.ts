import { messageOf } from '../../src/base/errors.ts';
import { openView } from '../../src/ledger/views.ts';

/** A process of its own that says how many canaries it can read, or why it cannot. */
const [, , url = ''] = process.argv;
try {
  const view = await openView(url);
  const canaries = await view.recent(10);
  process.stdout.write(`${canaries.length} canaries\n`);
} catch (error) {
  process.stdout.write(`${messageOf(error)}\n`);
}
