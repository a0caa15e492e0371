import {
  clear,
  createCodec,
  createRunner,
  eventType,
  participantText,
  plainText,
  streamName,
  text,
} from '@toeverlaat/event-log';
import type { ServiceName } from '@toeverlaat/contracts';
import { createErasurePart, runnerParts, type ErasureOwner } from '@toeverlaat/service-kit';
import { ok, uuidV5, type CommandId, type OrganisationId } from '@toeverlaat/values';
import { z } from 'zod';
import { batchCategory, batchCodec, batchDecider } from '../domain/erasure-batch/index.js';
import { erasureCategory, erasureCodec, erasureDecider } from '../domain/erasure/index.js';
import { BOTH, idOf, type retentionWorld } from '../retention.fixture.js';
import { erasuresView } from '../views/erasures.js';
import { createBatchProcess } from './batch-process.js';
import { createErasure, type Erasure } from './erasure.js';
import { keepingOver } from './keeping.js';
import type { Evidence } from './ports.js';
import { createOwnRecordsOwner } from './owner.js';
import { createErasureProcess } from './process.js';

const services: readonly ServiceName[] = ['directory', 'intake', 'case', 'referral', 'reporting', 'records'];
const Noted = eventType('case', 'SampleNoted', 1, { at: clear(z.string()), words: text(100) });
const NoteWritten = eventType('case', 'SampleNoteWritten', 1, {
  author: clear(z.string()),
  note: participantText(100, 'author'),
});
const codec = createCodec({ events: [Noted, NoteWritten], recordSubject: (id) => `case/${id}` });

/** A kill: what is thrown is caught by nobody in between. */
export class Killed extends Error {}

/** Erasing over a retention world: sealed cases, the part of every service, and the process. */
export const erasingOn = (on: ReturnType<typeof retentionWorld>) => {
  const { world, retention, views } = on;
  const runtime = world.runtimeOf('records', [
    'actors',
    'fingerprints',
    'retention_rule',
    'legal_hold',
    'access_alarm',
    'audit_mandate',
    'departure',
    'erasure',
  ]);
  const servePart = (service: ServiceName): readonly string[] => {
    const owners: Partial<Record<ServiceName, ErasureOwner>> = {
      case: { check: () => Promise.resolve(ok(undefined)) },
      records: createOwnRecordsOwner(runtime),
    };
    const derived = { whenProcessed: () => Promise.resolve('processed' as const) };
    const { served } = createErasurePart(world.runtimeOf(service), derived, owners[service]);
    world.serve(served);
    return served.map(({ pattern }) => pattern);
  };
  const served = new Map(services.map((service) => [service, servePart(service)]));
  /** The service that keeps cases answers nothing until the function that this gives is called. */
  const ownerIsAway = (): (() => void) => {
    for (const pattern of served.get('case') ?? []) world.exchange.unregister(pattern);
    return () => {
      servePart('case');
    };
  };
  const erasure = (prepareDue = false): Erasure => {
    const made = createErasure(runtime, views, {
      retention: retention.core,
      prepareDue,
      keeping: keepingOver(retention.core),
      evidence: undefined,
      backups: { rotationDays: 7, keyringBackupDays: 14 },
      keysHeldMs: 0,
      isTransferred: () => Promise.resolve(ok(false)),
    });
    // As the next process, which answers in the place of the last one.
    for (const { pattern } of made.served) world.exchange.unregister(pattern);
    world.serve(made.served);
    return made;
  };

  /** Seals something under the key of a case, so that there is a key to destroy. */
  const seal = async (organisation: OrganisationId, name: string): Promise<void> => {
    const stream = streamName('case.sample', organisation, idOf(name));
    const commandId = uuidV5('sample', organisation, name) as CommandId;
    const encoded = await codec.encode(world.sealing, { organisation, stream, streamId: idOf(name), commandId }, [
      { type: 'SampleNoted', data: { at: '2026-03-02', words: plainText('what was said') } },
      { type: 'SampleNoteWritten', data: { author: idOf('author'), note: plainText('what its author thought') } },
    ]);
    if (!encoded.ok) throw new Error(encoded.error.kind);
    await world.log.append({
      organisation,
      stream,
      expected: 'none',
      events: encoded.value.map((event) => ({ ...event, metadata: Buffer.from('{}') })),
    });
  };
  /** What opening the words of a case gives now. */
  const wordsOf = async (organisation: OrganisationId, name: string): Promise<string> => {
    const [recorded] = await world.log.readStream(streamName('case.sample', organisation, idOf(name)));
    const stored = recorded === undefined ? undefined : codec.decodeStored(recorded);
    if (stored?.type !== 'SampleNoted' || !('ct' in stored.data.words)) throw new Error('no record');
    const [opened] = await world.sealing.open(organisation, [stored.data.words]);
    return opened?.kind ?? 'nothing';
  };
  /** What opening the note gives that somebody wrote in a case for themselves. */
  const noteOf = async (organisation: OrganisationId, name: string): Promise<string> => {
    const [, recorded] = await world.log.readStream(streamName('case.sample', organisation, idOf(name)));
    const stored = recorded === undefined ? undefined : codec.decodeStored(recorded);
    if (stored?.type !== 'SampleNoteWritten' || !('ct' in stored.data.note)) throw new Error('no note');
    const [opened] = await world.sealing.open(organisation, [stored.data.note]);
    return opened?.kind ?? 'nothing';
  };

  /** Open cases of both organisations, whose first counsellor left and wrote something for themselves. */
  const left = async (names: readonly string[]): Promise<void> => {
    for (const organisation of BOTH)
      for (const name of names) {
        await on.cases(organisation, name, { type: 'CaseOpened', data: { hearingDueOn: '2026-03-12' } });
        await seal(organisation, name);
        await on.cases(organisation, name, {
          type: 'PersonalNotesDestructionScheduled',
          data: { authorParticipantId: idOf('author') },
        });
      }
    await on.settled();
  };

  /** Cases of both organisations, closed on the day at which the clock stands. */
  const closedCases = async (names: readonly string[], closedOn: string): Promise<void> => {
    for (const organisation of BOTH)
      for (const name of names) {
        await on.cases(organisation, name, { type: 'CaseOpened', data: { hearingDueOn: '2026-03-12' } });
        await seal(organisation, name);
      }
    on.at(closedOn);
    for (const organisation of BOTH)
      for (const name of names) await on.cases(organisation, name, { type: 'CaseClosed', data: { closedOn } });
    await on.settled();
  };

  /** The process of a batch as one replica has it. */
  const batchProcess = (at: (step: string) => void = () => undefined) =>
    createBatchProcess({
      core: retention.core,
      batches: createRunner({
        ...runnerParts(runtime),
        category: batchCategory,
        codec: batchCodec,
        decider: batchDecider,
      }),
      erasures: createRunner({
        ...runnerParts(runtime),
        category: erasureCategory,
        codec: erasureCodec,
        decider: erasureDecider,
      }),
      register: views.query(erasuresView.name),
      rpc: world.rpc,
      sealing: runtime.sealing,
      onApproved: () => undefined,
      at,
    });

  /** Carries one erasure out, and no batch. */
  const carryOut = (organisation: OrganisationId, erasureId: string, evidence?: Evidence) =>
    createErasureProcess({
      erasures: createRunner({
        ...runnerParts(runtime),
        category: erasureCategory,
        codec: erasureCodec,
        decider: erasureDecider,
      }),
      log: world.log,
      rpc: world.rpc,
      clock: world.clock,
      sealing: runtime.sealing,
      evidence,
      keeping: keepingOver(retention.core),
      backups: { rotationDays: 7, keyringBackupDays: 14 },
      keysHeldMs: 0,
    }).advance(organisation, erasureId);

  return { carryOut, erasure, ownerIsAway, wordsOf, noteOf, closedCases, left, batchProcess };
};
