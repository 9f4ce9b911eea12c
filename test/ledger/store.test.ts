import { describeStore } from '../contracts/store-contract.ts';
import { DIALECTS } from './dialects.ts';

for (const dialect of DIALECTS) describeStore(dialect);
