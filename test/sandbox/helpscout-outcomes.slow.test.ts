import { describeOutcomes } from '../observers/helpscout/outcomes.ts';
import { createSandboxWorld } from '../support/sandbox-world.ts';

describeOutcomes('the helpdesk of the sandbox', createSandboxWorld);
