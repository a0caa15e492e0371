import { createMemoryEventLog } from '@toeverlaat/event-log';
import { eventLogContract } from './event-log-contract.js';

eventLogContract('memory', async () => ({ log: createMemoryEventLog() }));
