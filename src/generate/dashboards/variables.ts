import { sample } from '../promql.ts';
import type { RulesInput } from '../rules/input.ts';
import type { Variable } from './panel.ts';
import { foreign, JOB } from './query.ts';

export function jobVariable({ job }: RulesInput): Variable {
  return {
    name: 'job',
    label: 'Monitor',
    description: 'The job under which Prometheus scrapes a monitor',
    selector: sample('build_info'),
    of: 'job',
    choice: 'one',
    first: job,
  };
}

export function probesVariable(): Variable {
  return {
    name: 'probe',
    label: 'Probes',
    description: 'Which probes are shown',
    selector: sample('probe_info', JOB),
    of: 'probe',
    choice: 'many',
  };
}

export function oneProbeVariable({ probes }: RulesInput): Variable {
  const [first] = probes;
  return {
    ...probesVariable(),
    label: 'Probe',
    choice: 'one',
    ...(first === undefined ? {} : { first: first.name }),
  };
}

export function roleVariable(): Variable {
  return {
    name: 'role',
    label: 'Role',
    description: 'target: the helpdesk; control: a plain mailbox behind the same relay',
    selector: sample('probe_info', { ...JOB, probe: ['$probe'] }),
    of: 'role',
    choice: 'many',
  };
}

export function instanceVariable(): Variable {
  return {
    name: 'instance',
    label: 'Instance',
    description: 'Which replicas of the monitor are shown',
    selector: foreign('up', JOB),
    of: 'instance',
    choice: 'many',
  };
}
