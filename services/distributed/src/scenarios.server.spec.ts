import {
  describeScenario5,
  describeScenario8,
  describeScenarios,
  onOneDeployment,
} from '@toeverlaat/standalone/scenarios';
import { addressOf, describeWith } from '@toeverlaat/testing/needs';
import { describe, vi } from 'vitest';
import { openFleetTheatre } from './test-support.js';

// A dozen processes and two servers on a busy machine: slow is no failure.
vi.setConfig({ testTimeout: 600_000 });

/* The spine's scenarios, the same text as against the one process, against running deployments: everything a process. */

describeWith('postgres', 'a process per service on PostgreSQL, two replicas of who is asked most', (log) => {
  describeScenarios(() => openFleetTheatre({ log, replicas: { case: 2, directory: 2 } }));
});

describeWith('kafka', 'a process per service on PostgreSQL, their events over Kafka', (broker) => {
  // The two that live of reactions between services: a hand-over, and a designation that ends with open cases.
  const open = () => openFleetTheatre({ log: addressOf('postgres') ?? 'sqlite', broker, replicas: { case: 2 } });
  onOneDeployment(open, (shared) => {
    describeScenario5(shared);
    describeScenario8(shared);
  });
});

describe('a process per service on one file of one host, the smallest distributed deployment', () => {
  // With the process that begins epochs of keys: it has no other test of being one among many.
  describeScenario5(() => openFleetTheatre({ log: 'sqlite', rotating: true }));
});
