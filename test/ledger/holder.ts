import { silentLogger } from '../../src/base/logger.ts';
import { createSystemClock } from '../../src/base/system.ts';
import { openLedger } from '../../src/ledger/open.ts';

/** A process of its own that opens the ledger of its argument, says so, and waits for the end. */
const [, , url = ''] = process.argv;
const ledger = await openLedger({ url }, { clock: createSystemClock(), logger: silentLogger });
process.stdout.write('open\n');
setInterval(() => ledger.isWritable(), 60_000);
