import { describeScenario5, describeScenarios } from '@toeverlaat/standalone/scenarios';
import { describeWith } from '@toeverlaat/testing/needs';
import { describe } from 'vitest';
import { openFleetTheatre } from './test-support.js';

/* The spine's scenarios, the same text as against the one process, against running deployments: everything a process. */

describeWith('postgres', 'a process per service on PostgreSQL, two replicas of who is asked most', (address) => {
  describeScenarios(() => openFleetTheatre({ log: address, replicas: { case: 2, directory: 2 } }));
});

describe('a process per service on one file of one host, the smallest distributed deployment', () => {
  describeScenario5(() => openFleetTheatre({ log: 'sqlite' }));
});
