import { parseStreamName, type EventLog } from '@toeverlaat/event-log';
import { isFile } from '@toeverlaat/records';
import { liveKeysOf, proveKeys, recordOf, type KeyStores, type VaultKey } from '@toeverlaat/sealing';
import type { Clock, OrganisationId } from '@toeverlaat/values';
import { existsSync } from 'node:fs';
import { layoutOf } from '../layout.js';
import type { Settings } from '../settings.js';
import { readConfirmation } from './confirmation.js';
import { orRefuse } from './decided.js';
import { closeFiles, withInstallation } from './installation.js';
import { LeavingRefused } from './refusal.js';
import { viewsHashOf } from './view-hashes.js';

export type ConfirmOptions = {
  /** Of the installation that is left. It must not be running. */
  readonly settings: Settings;
  readonly clock: Clock;
  readonly organisation: OrganisationId;
  readonly file: string;
  /** Called before each step, for crash injection. */
  readonly at?: (step: string) => void;
};

export type Confirmed = {
  /** Key that the confirmation is signed with: SHA-256, hex. */
  readonly signer: string;
  /** Records of files whose local copy is destroyed from now on. */
  readonly leaving: readonly string[];
  /** Of those that were handed over: what stays, because it went on here since or the next host does not open it. */
  readonly staying: readonly string[];
  /** What was recorded here after the handover, in files that are in no copy of it: they stay too. */
  readonly newer: readonly string[];
};

const idOf = (record: string): string => record.slice(record.indexOf('/') + 1);

/** Keys of each record. */
export const keysByRecord = (keys: readonly VaultKey[]): ReadonlyMap<string, readonly VaultKey[]> =>
  Map.groupBy(keys, ({ subject }) => recordOf(subject));

/** That each of these records opens here. @throws KeyStoreUnavailable */
export const provedRecords = async (
  stores: KeyStores,
  organisation: OrganisationId,
  handoverId: string,
  wanted: (record: string) => boolean,
): Promise<{ record: string; proof: string }[]> => {
  const proofs: { record: string; proof: string }[] = [];
  for (const [record, keys] of keysByRecord(await liveKeysOf(stores, organisation)))
    if (wanted(record)) proofs.push({ record, proof: await proveKeys(stores, organisation, keys, handoverId) });
  return proofs.toSorted((a, b) => (a.record < b.record ? -1 : 1));
};

/**
 * Ids of streams in which something was recorded after the handover, by the services that keep files: what the next host has is
 * not all there is. Who looked, what is kept and what is erased is said in other streams.
 * @param events how many events of the organisation went along
 */
const wentOn = async (log: EventLog, organisation: OrganisationId, events: number): Promise<ReadonlySet<string>> => {
  const ids = new Set<string>();
  let seen = 0;
  for (let after; ;) {
    const slice = await log.readAll({ limit: 500, ...(after === undefined ? {} : { after }) });
    for (const event of slice.events) {
      if (event.organisation !== organisation) continue;
      seen += 1;
      const parts = seen > events ? parseStreamName(event.stream) : undefined;
      if (parts !== undefined && !/^records\.|\.(?:access|erasurepart|keptnotice|handednotice)$/u.test(parts.category))
        ids.add(parts.id);
    }
    after = slice.next;
    if (slice.atEnd) return ids;
  }
};

/**
 * Records what the next host confirms: that its log and its views are those that were handed over, and of which records it proves
 * that it opens them. From then on their local copies are destroyed, by the process of erasing, when the product runs. Said twice it
 * is said once.
 * @throws LeavingRefused, DataFolderInUse, RootKeyMissing, RootKeyUnusable
 */
export const confirmHandover = async (options: ConfirmOptions): Promise<Confirmed> => {
  const { settings, organisation, file, at = () => undefined } = options;
  const { confirmation, signer, hash } = readConfirmation(file);
  if (confirmation.organisation !== organisation) throw new LeavingRefused('handover_unknown', organisation);
  if (!existsSync(layoutOf(settings.data).log)) throw new LeavingRefused('no_organisation', settings.data);
  return withInstallation(options, async (opened) => {
    const { log, stores, handing } = opened;
    const handed = new Set(orRefuse(await handing.handed(organisation), organisation));
    const { handoverId, listHash, events, digest, views } = confirmation;
    at('prove');
    const here = new Map(
      (await provedRecords(stores, organisation, handoverId, (record) => handed.has(record))).map(
        ({ record, proof }) => [record, proof] as const,
      ),
    );
    const moved = await wentOn(log, organisation, events);
    const proved = confirmation.records.flatMap(({ record, proof }) =>
      here.get(record) === proof && !(isFile(record) && moved.has(idOf(record))) ? [record] : [],
    );
    at('record');
    orRefuse(
      await handing.confirmed(organisation, {
        handoverId,
        listHash,
        events,
        digest,
        viewsHash: viewsHashOf(views),
        signer,
        confirmationHash: hash,
        proved,
      }),
      organisation,
    );
    at('close');
    await closeFiles(opened, options.clock, organisation);
    const files = [...handed].filter(isFile).toSorted();
    const gone = new Set(proved);
    return {
      signer,
      leaving: files.filter((record) => gone.has(record)),
      staying: files.filter((record) => !gone.has(record)),
      newer: [...keysByRecord(await liveKeysOf(stores, organisation)).keys()]
        .filter((record) => isFile(record) && !handed.has(record) && moved.has(idOf(record)))
        .toSorted(),
    };
  });
};
