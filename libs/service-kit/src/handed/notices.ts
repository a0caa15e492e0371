import { handedOverRule, subjectParts, type ServiceName } from '@toeverlaat/contracts';
import { createRunner, type CommandContext, type MayChange, type Rejection } from '@toeverlaat/event-log';
import { Deferred, type Reaction } from '@toeverlaat/messaging';
import { uuidV5, type OrganisationId } from '@toeverlaat/values';
import { ViewNotReady, type Views } from '@toeverlaat/views';
import { z } from 'zod';
import { reactionContext, systemContext } from '../context.js';
import { nothingSealed } from '../nothing-sealed.js';
import type { ServiceRuntime } from '../runtime.js';
import {
  HANDED_NOTICE_ID,
  handedNoticeCategory,
  handedNoticeCodec,
  handedNoticeDecider,
  type HandedNoticeCommand,
} from './index.js';
import { HANDED_VIEW } from './view.js';

/** Services that keep files which go to another host. */
export const fileServices = ['intake', 'case', 'referral'] as const satisfies readonly ServiceName[];

type Parts = Pick<ServiceRuntime, 'service' | 'log' | 'clock'>;

const runnerOf = ({ service, log, clock }: Parts) =>
  createRunner({
    log,
    clock,
    category: handedNoticeCategory(service),
    codec: handedNoticeCodec(service),
    decider: handedNoticeDecider,
    ...nothingSealed,
  });

/** A step of a command of the operator's: the same step is the same command, however often it is taken. */
const stepContext = (organisation: OrganisationId, ...step: readonly string[]): CommandContext =>
  systemContext(organisation, 'leave', uuidV5('handed notice', organisation, ...step), { body: { step } });

/**
 * Tells a service which of its files are at the next host. For the commands of an operator on an installation that does not run:
 * so every one of them is closed before the product starts again.
 * @param told `close`, and of those that are closed `reopen` (all, where it is `all`); what other services own is passed over
 * @throws Error when the log takes nothing
 */
export const tellHanded = async (
  parts: Parts,
  organisation: OrganisationId,
  handoverId: string,
  { close, reopen }: { readonly close: readonly string[]; readonly reopen: readonly string[] | 'all' },
): Promise<void> => {
  const runner = runnerOf(parts);
  const own = (records: readonly string[]) =>
    records.filter((record) => subjectParts(record)?.service === parts.service).toSorted();
  const take = async (command: Omit<HandedNoticeCommand, 'meta'>, ...step: readonly string[]): Promise<void> => {
    const outcome = await runner.execute(HANDED_NOTICE_ID, command, stepContext(organisation, handoverId, ...step));
    if (!outcome.ok) throw new Error(`${parts.service}: ${JSON.stringify(outcome.rejection)}`);
  };
  const loaded = await runner.load(organisation, HANDED_NOTICE_ID);
  const state = loaded.kind === 'loaded' ? loaded.state : undefined;
  // A step is named by what stands before it: taken again after something else it is another.
  const before = String(loaded.kind === 'loaded' ? loaded.revision : -1);
  if (state?.handoverId !== undefined)
    await take(
      {
        type: 'ReopenFiles',
        data: { handoverId: state.handoverId, records: reopen === 'all' ? undefined : own(reopen) },
      },
      'reopen',
      before,
    );
  const closing = own(close);
  if (closing.length > 0) await take({ type: 'CloseFiles', data: { handoverId, records: closing } }, 'close', before);
};

const HANDED_OVER: Rejection = { kind: 'RuleRefused', code: handedOverRule, source: 'design.md §4' };
/** Refused because the file is at the next host. */
export const isHandedOver = (rejection: Rejection): boolean =>
  rejection.kind === 'RuleRefused' && rejection.code === handedOverRule;

const reopened = z.object({ handoverId: z.uuid() });

/** What a service that keeps files does about those that went to another host. */
export const createHandedNotices = (
  parts: Parts,
  views: () => Pick<Views, 'query'>,
): {
  readonly reactions: Readonly<Record<string, Reaction>>;
  /** For the runners of its files: `handed_over` for a person and for a date, while the file is at the next host. */
  readonly mayChange: MayChange;
} => {
  const notices = runnerOf(parts);
  return {
    reactions: {
      'records.FilesReopened': async (event) => {
        const { handoverId } = reopened.parse(event.data);
        const outcome = await notices.execute(
          HANDED_NOTICE_ID,
          { type: 'ReopenFiles', data: { handoverId } },
          reactionContext('files reopened', event),
        );
        if (!outcome.ok && outcome.rejection.kind === 'Unavailable') throw new Deferred(outcome.rejection.detail);
      },
    },
    mayChange: (organisation, subject, { purpose }) => {
      // What follows from something else cannot be asked for again: it is let through, and what it changes stays here (ADR 84).
      if (purpose === 'reaction') return undefined;
      try {
        const row = views()
          .query(HANDED_VIEW)
          .get('SELECT 1 AS handed FROM handed WHERE organisation = ? AND record = ?', [organisation, subject]);
        return row === undefined ? undefined : HANDED_OVER;
      } catch (error) {
        if (error instanceof ViewNotReady) return { kind: 'Unavailable', detail: 'views' };
        throw error;
      }
    },
  };
};
