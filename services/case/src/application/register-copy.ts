import { createRecorder, MAX_RECORDS_PER_ACCESS } from '@toeverlaat/access';
import { registerCopySchema, type RegisterCopy } from '@toeverlaat/contracts';
import { createRunner, metadataOf, parseStreamName, type EventLog, type Rejection } from '@toeverlaat/event-log';
import { keptUntilUnder, lawfulTerms } from '@toeverlaat/legal';
import type { SealingService } from '@toeverlaat/sealing';
import { openTexts, runnerParts, serviceCaller } from '@toeverlaat/service-kit';
import type { Logger } from '@toeverlaat/telemetry';
import { err, localDateOf, ok, type Clock, type LocalDate, type OrganisationId, type Result } from '@toeverlaat/values';
import {
  thirdPartyCategory,
  thirdPartyCodec,
  thirdPartyDecider,
  type KeptEntry,
} from '../domain/third-party-entry/index.js';
import { unavailable } from './core.js';

export type RegisterCopyParts = {
  readonly log: EventLog;
  readonly clock: Clock;
  readonly sealing: SealingService;
  readonly logger: Logger;
};

/** What a copy shows of an entry, by the names that the access history knows. */
const FIELDS = ['factsFrom', 'factsTo', 'site', 'place', 'capacity', 'kinds', 'description', 'workerName', 'followUps'];

type Found = { readonly entryId: string; readonly state: KeptEntry; readonly keptUntil: LocalDate | null };

const idsIn = async (log: EventLog, organisation: OrganisationId): Promise<readonly string[]> => {
  const ids = new Set<string>();
  for (let after; ;) {
    const page = { limit: 500, categories: [thirdPartyCategory], ...(after === undefined ? {} : { after }) };
    const slice = await log.readAll(page);
    for (const event of slice.events)
      if (event.organisation === organisation) ids.add(parseStreamName(event.stream)?.id ?? '');
    after = slice.next;
    if (slice.atEnd) return [...ids];
  }
};

/**
 * The register of facts by third parties as the company takes it along, which keeps it by law (Codex art. I.3-3): every entry whose
 * five years are not over, and of a worker no name that they did not agree to or agree to no longer. An entry that only a hold still
 * keeps is not in it: the employer hears of no hold (ADR 42). It runs on a stopped installation, with all its keys; that the entries
 * were opened is durable in the access history before one of them is.
 * @param departureId what the access history ties it to: who decided it, and for which key
 */
export const readRegister = async (
  { log, clock, sealing, logger }: RegisterCopyParts,
  organisation: OrganisationId,
  departureId: string,
): Promise<Result<RegisterCopy, Rejection>> => {
  const own = sealing.forService({ classes: ['third_party_entry', 'fingerprints'] });
  const entries = createRunner({
    ...runnerParts({ log, clock, sealing: own, logger }),
    category: thirdPartyCategory,
    codec: thirdPartyCodec,
    decider: thirdPartyDecider,
  });
  const asOf = localDateOf(clock.now());
  const found: Found[] = [];
  for (const entryId of await idsIn(log, organisation)) {
    const loaded = await entries.load(organisation, entryId);
    if (loaded.kind === 'unavailable') return err(unavailable('key'));
    const [first] = loaded.kind === 'loaded' ? loaded.events : [];
    if (loaded.kind !== 'loaded' || loaded.state.status !== 'kept' || first === undefined) continue;
    const { period } = lawfulTerms('third_party_entry', metadataOf(first).lawVersion);
    const keptUntil = keptUntilUnder(period, loaded.state.statementOn) ?? null;
    if (keptUntil === null || asOf <= keptUntil) found.push({ entryId, state: loaded.state, keptUntil });
  }
  found.sort((a, b) =>
    a.state.statementOn === b.state.statementOn
      ? a.entryId.localeCompare(b.entryId, 'en')
      : a.state.statementOn.localeCompare(b.state.statementOn, 'en'),
  );

  const recorder = createRecorder({ log, clock, service: 'case', writerId: 'leaving', pseudonym: own.pseudonym });
  for (let from = 0; from < found.length; from += MAX_RECORDS_PER_ACCESS) {
    const recorded = await recorder.record({
      caller: serviceCaller('records', organisation),
      organisation,
      purpose: 'leave',
      recordClass: 'third_party_entry',
      record: found.slice(from, from + MAX_RECORDS_PER_ACCESS).map(({ entryId }) => entryId),
      fields: FIELDS,
      query: 'case.registerForTheCompany',
      requestId: departureId,
      outcome: 'downloaded',
    });
    if (!recorded.ok) return recorded;
  }

  const opened: RegisterCopy['entries'] = [];
  for (const { entryId, state, keptUntil } of found) {
    const followUps = Object.values(state.followUps);
    const sealed = [state.description, state.place, state.workerName, ...followUps.map(({ words }) => words)];
    const texts = await openTexts(
      { sealing: own },
      organisation,
      sealed.map((text) => (text !== undefined && 'ct' in text ? text : undefined)),
    );
    if (!texts.ok) return texts;
    const [description = null, place = null, workerName = null, ...words] = texts.value;
    opened.push({
      entryId,
      statementOn: state.statementOn,
      keptUntil,
      factsFrom: state.factsFrom,
      factsTo: state.factsTo ?? null,
      site: state.site,
      place,
      capacity: state.capacity,
      kinds: [...state.kinds],
      description,
      workerName,
      keptBy: state.keeperCapacity,
      followUps: followUps.map(({ notedOn }, at) => ({ notedOn, words: words[at] ?? null })),
    });
  }
  return ok(registerCopySchema.parse({ organisation, asOf, entries: opened }));
};
