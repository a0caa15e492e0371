import {
  createMemoryTileStore,
  ed25519SignerFromSeed,
  emptyTree,
  HASH_BYTES,
  headOf,
  integrate,
  nodeHasher,
  proveInclusion,
  rootOfLeaves,
  signCheckpoint,
  signNote,
  tilePath,
  tilesOf,
  type NoteSigner,
} from '@toeverlaat/merkle';
import { createHash, createHmac, createPrivateKey, createPublicKey, sign as signBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/*
 * Writes an export from the format's text (ADR 40, 41), with fixed keys and no help of the product: a second writer to read
 * with, and one that can lie. For tests.
 */

export type FixtureRecord = {
  readonly stream: string;
  readonly revision: number;
  readonly metadata: string;
  readonly data: string;
};
export type Fixture = {
  readonly organisation: string;
  readonly records: readonly FixtureRecord[];
  readonly checkpoints: readonly {
    readonly size: number;
    readonly root: string;
    readonly at: string;
    readonly note: string;
  }[];
  readonly seals: readonly object[];
  readonly keys: { readonly organisation: readonly string[]; readonly installation: readonly string[] };
  /** Keys of the organisation from before a change, and the note that announced the present ones. */
  readonly earlier: readonly string[];
  readonly announced: string | undefined;
  readonly keyIds: readonly string[];
};

const INSTALLATION = 'toeverlaat/00112233';
const SALT = 'ab'.repeat(32);
export const RECORDS_PER_FILE = 64;
/** A destroyed key: what the seals and the list of an export without erasures name. */
export const KEY_ID = '5f0c6f4e-2d1b-4c3a-9e8d-7c6b5a493827';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const utf8 = (text: string): Uint8Array => Buffer.from(text, 'utf8');
export const seeded = (name: string, word: string): NoteSigner =>
  ed25519SignerFromSeed(name, createHash('sha256').update(`fixture ${word}`).digest());

/** The bytes that a record's leaf is the hash of. */
export const leafBytes = ({ stream, revision, metadata, data }: FixtureRecord): Buffer => {
  const part = (bytes: Uint8Array): Buffer => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return Buffer.concat([length, bytes]);
  };
  const number = Buffer.alloc(8);
  number.writeBigUInt64BE(BigInt(revision));
  return Buffer.concat([Buffer.from([0]), ...[utf8(stream), number, utf8(metadata), utf8(data)].map(part)]);
};
const leafOf = (record: FixtureRecord): Uint8Array => createHash('sha256').update(leafBytes(record)).digest();
const treeOf = async (leaves: readonly Uint8Array[]) => {
  const store = createMemoryTileStore();
  return { store, tree: await integrate(store, nodeHasher, emptyTree, leaves) };
};

/** Of Ed25519 and a fixed seed, as its PKCS #8 form begins. */
const certificateKey = createPrivateKey({
  key: Buffer.concat([
    Buffer.from('302e020100300506032b657004220420', 'hex'),
    createHash('sha256').update('fixture certificates').digest(),
  ]),
  format: 'der',
  type: 'pkcs8',
});
const certificatePublic = createPublicKey(certificateKey).export({ type: 'spki', format: 'der' });
/** Id of the key that signs the fixture's certificates, as an organisation publishes it. */
export const CERTIFICATE_KEY_ID = createHash('sha256').update(certificatePublic).digest('hex').slice(0, 32);
export const ERASURE_ID = '8d0f2b1c-3a4e-5f60-8172-93a4b5c6d7e8';
export const BATCH_ID = '1c2d3e4f-5a6b-5c7d-8e9f-a0b1c2d3e4f5';
export const ERASED = 'case/9e1e68b8-e557-5fa0-9de9-085782552cdf';

/** Names in order at every depth: the form that is signed. */
const canonical = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join(',')}}`;
};

/** A report of a batch with its signature, as the log has it and as it is handed out. */
export const signedReport = (report: object) => {
  const signedWith = { alg: 'Ed25519', keyId: CERTIFICATE_KEY_ID, publicKey: certificatePublic.toString('base64') };
  const signed = utf8(`toeverlaat erasure report v1\n${canonical({ report, signedWith })}`);
  return { report, signedWith, signature: signBytes(null, signed, certificateKey).toString('base64') };
};

/** How the one erasure of a fixture is told falsely. */
export type FalseErasure = {
  readonly without?: 'certificate' | 'destruction';
  /** What the certificate says otherwise, signed with the right key. */
  readonly certificate?: Readonly<Record<string, unknown>>;
  /** It is of a batch, whose report says this otherwise, signed with the right key. */
  readonly batch?: Readonly<Record<string, unknown>>;
  /** Ids of the keys that are sealed as destroyed, and that are listed so. */
  readonly sealed?: readonly string[];
  readonly listed?: readonly string[];
};

export type FixtureOptions = {
  /** One erasure, between the first checkpoint and the second, with a certificate after it; the second seal has its key. */
  readonly erasure?: FalseErasure;
  readonly organisation?: string;
  readonly count?: number;
  /** Another word makes other keys. */
  readonly keyWord?: string;
  /** Told of every record before it enters the tree: who writes a false history begins here. */
  readonly lie?: (record: FixtureRecord, index: number) => FixtureRecord;
  /** After the first checkpoint other keys sign; the note that says so is signed by the old and the new, or by whom is given. */
  readonly change?: { readonly by?: (old: NoteSigner, next: NoteSigner) => readonly NoteSigner[] };
};

/** A history of three checkpoints and two seals; the third checkpoint is the newest and stands in no record yet. */
export const makeFixture = async (options: FixtureOptions = {}): Promise<Fixture> => {
  const {
    organisation = 'gentia',
    count = 300,
    keyWord = 'right',
    lie = (record) => record,
    change,
    erasure,
  } = options;
  const origin = `${INSTALLATION}/${organisation}`;
  const old = seeded(origin, keyWord);
  const next = seeded(origin, `${keyWord} next`);
  let signer = old;
  let announced: string | undefined;
  const installation = seeded(INSTALLATION, `installation ${keyWord}`);
  const records: FixtureRecord[] = [];
  const revisions = new Map<string, number>();
  const checkpoints: { size: number; root: string; at: string; note: string }[] = [];
  const seals: object[] = [];
  const entries: string[] = [];
  const sealedIds: string[] = [];

  const add = (category: string, id: string, type: string, data: object, eventId = id, more: object = {}): void => {
    const stream = `${category}-${organisation}_${id}`;
    const revision = revisions.get(stream) ?? 0;
    revisions.set(stream, revision + 1);
    const metadata = JSON.stringify({ eventId, organisation, type, v: 1, ...more });
    records.push(lie({ stream, revision, metadata, data: JSON.stringify(data) }, records.length));
  };
  const sign = async (at: string): Promise<void> => {
    const head = { size: records.length, root: rootOfLeaves(nodeHasher, records.map(leafOf)) };
    const note = await signCheckpoint({ origin, ...head, extensions: [`time ${at}`] }, [signer]);
    checkpoints.push({ size: head.size, root: hex(head.root), at, note });
  };
  const publish = (): void => {
    const checkpoint = checkpoints.at(-1);
    if (checkpoint !== undefined) add('records.evidence', 'log', 'records.CheckpointPublished.v1', checkpoint);
  };
  const seal = async (at: string): Promise<void> => {
    const sequence = seals.length;
    const { size = 0, root = '' } = checkpoints.at(-1) ?? {};
    const own = createHmac('sha256', Buffer.from(SALT, 'hex')).update(`seal ${sequence}`).digest('hex');
    const leaf = nodeHasher.leaf(utf8(`toeverlaat blinded head v1\n${own}\n${origin}\n${size}\n${root}\n`));
    const fillers = Array.from({ length: 7 }, (_, n) =>
      createHash('sha256').update(`filler ${sequence} ${n}`).digest(),
    );
    const heads = [leaf, ...fillers].map(hex).toSorted();
    const { store, tree } = await treeOf(heads.map((one) => Buffer.from(one, 'hex')));
    const { index, proof } = await proveInclusion(
      store,
      nodeHasher,
      heads.indexOf(hex(leaf)),
      headOf(nodeHasher, tree),
    );
    const keyIds =
      sequence === 0 ? (erasure === undefined ? [KEY_ID] : []) : (erasure?.sealed ?? (erasure ? [KEY_ID] : []));
    sealedIds.push(...keyIds);
    const ledger = hex(
      rootOfLeaves(
        nodeHasher,
        sealedIds.map((id) => nodeHasher.leaf(utf8(id))),
      ),
    );
    const entry = `toeverlaat seal v1\n${sequence}\n${at}\nheads 8 ${hex(headOf(nodeHasher, tree).root)}\nledger ${sealedIds.length} ${ledger}\n`;
    entries.push(entry);
    const top = {
      size: entries.length,
      root: rootOfLeaves(
        nodeHasher,
        entries.map((one) => nodeHasher.leaf(utf8(one))),
      ),
    };
    const note = await signCheckpoint({ origin: INSTALLATION, ...top, extensions: [`time ${at}`] }, [installation]);
    seals.push({ v: 1, sequence, entry, note, keyIds, head: { size, index, proof: proof.map(hex) } });
  };

  const third = Math.floor(count / 3);
  const write = (to: number): void => {
    for (let n = records.length; n < to; n += 1)
      if (n % 5 === 4) add('case.access', '20261125-w1', 'case.AccessRecorded.v1', { record: `record-${n % 7}`, n });
      else
        add('case.case', `record-${n % 7}`, 'case.SampleNoted.v1', {
          sealed: createHash('sha256').update(String(n)).digest('base64url'),
        });
  };
  write(third);
  add('records.evidence', 'log', 'records.EvidenceLogOpened.v1', { origin, salt: SALT, signers: [signer.verifierKey] });
  await sign('2026-11-25T08:00:00.000Z');
  publish();
  await seal('2026-11-25T08:05:00.000Z');
  if (change !== undefined) {
    const time = '2026-11-25T08:30:00.000Z';
    const by = change.by?.(old, next) ?? [old, next];
    announced = await signNote(`toeverlaat signers v1\n${origin}\ntime ${time}\n${next.verifierKey}\n`, by);
    add('records.evidence', 'log', 'records.EvidenceSignersChanged.v1', {
      origin,
      previousSigners: [old.verifierKey],
      signers: [next.verifierKey],
      at: time,
      announcement: announced,
    });
    signer = next;
  }
  const destroyedAt = '2026-11-25T08:40:00.000Z';
  const leafIndex = records.length;
  if (erasure !== undefined && erasure.without !== 'destruction')
    add(
      'case.erasurepart',
      ERASURE_ID,
      'case.KeyDestroyed.v1',
      { subject: ERASED, keyIds: [KEY_ID], destroyedAt },
      'event-destroyed',
    );
  write(2 * third);
  await sign('2026-11-25T09:00:00.000Z');
  publish();
  if (erasure !== undefined) {
    const people = { requestedBy: 'rik2026', approvedBy: 'dora2026' };
    const ordered = erasure.batch === undefined ? {} : { correlationId: BATCH_ID };
    const { requestedBy, approvedBy } = people;
    add('records.erasure', ERASURE_ID, 'records.ErasureRequested.v1', { requestedBy }, 'event-1', ordered);
    add('records.erasure', ERASURE_ID, 'records.ErasureApproved.v1', { approvedBy: people.approvedBy }, 'event-2');
    const certificate = {
      v: 1,
      organisation,
      erasureId: ERASURE_ID,
      subject: ERASED,
      ground: 'retention_rule',
      rule: 'informal_case',
      ruleVersion: 0,
      ...people,
      keyIds: [KEY_ID],
      unreadableHereSince: destroyedAt,
      unreadableInBackupsFrom: '2026-12-24',
      backups: { rotationDays: 7, keyringBackupDays: 14 },
      events: [{ what: 'key_destroyed', service: 'case', eventId: 'event-destroyed', leafIndex }],
      checkpointBefore: checkpoints[0]?.note,
      checkpointAfter: checkpoints[1]?.note,
      signedWith: { alg: 'Ed25519', keyId: CERTIFICATE_KEY_ID, publicKey: certificatePublic.toString('base64') },
      ...erasure.certificate,
    };
    const signed = utf8(`toeverlaat erasure certificate v1\n${canonical(certificate)}`);
    const signature = signBytes(null, signed, certificateKey).toString('base64');
    if (erasure.without !== 'certificate')
      add('records.erasure', ERASURE_ID, 'records.ErasureCompleted.v1', { certificate, signature }, 'event-3');
    if (erasure.batch !== undefined) {
      const report = {
        v: 1,
        organisation,
        batchId: BATCH_ID,
        asOf: '2026-11-25',
        listHash: 'ab'.repeat(32),
        requestedBy,
        confirmedBy: approvedBy,
        lines: [{ recordClass: 'informal_case', listed: 1, destroyed: 1, heldBack: 0, leftOut: 0 }],
        leftOut: [],
        certificates: 1,
        certificatesHash: createHash('sha256').update(`${ERASURE_ID} ${signature}\n`).digest('hex'),
        ...erasure.batch,
      };
      add('records.erasurebatch', BATCH_ID, 'records.ErasureBatchCompleted.v1', signedReport(report), 'event-4');
    }
  }
  await seal('2026-11-26T08:05:00.000Z');
  write(count);
  await sign('2026-11-26T09:00:00.000Z');
  return {
    organisation,
    records,
    checkpoints,
    seals,
    keys: { organisation: [signer.verifierKey], installation: [installation.verifierKey] },
    earlier: change === undefined ? [] : [old.verifierKey],
    announced,
    keyIds: erasure?.listed ?? [KEY_ID],
  };
};

const put = (folder: string, file: string, bytes: string | Uint8Array): void => {
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  writeFileSync(join(folder, file), bytes);
};
const lines = (values: readonly object[]): string => values.map((value) => `${JSON.stringify(value)}\n`).join('');

export const frameOf = (record: FixtureRecord): Buffer => {
  const bytes = leafBytes(record);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
};

export const writeRecords = (
  folder: string,
  records: readonly FixtureRecord[],
  recordsPerFile = RECORDS_PER_FILE,
): void => {
  for (let from = 0; from < records.length; from += recordsPerFile)
    put(
      folder,
      `records/${String(from / recordsPerFile).padStart(8, '0')}.bin`,
      Buffer.concat(records.slice(from, from + recordsPerFile).map(frameOf)),
    );
};

export const writeFixture = async (
  folder: string,
  fixture: Fixture,
  recordsPerFile = RECORDS_PER_FILE,
): Promise<void> => {
  const { organisation, records, checkpoints, seals, keys, earlier, announced, keyIds } = fixture;
  const newest = checkpoints.at(-1);
  const origin = `${INSTALLATION}/${organisation}`;
  writeRecords(folder, records, recordsPerFile);
  const { store } = await treeOf(records.map(leafOf));
  for (const tile of tilesOf(records.length))
    put(folder, tilePath(tile), ((await store.read(tile)) ?? new Uint8Array()).subarray(0, tile.width * HASH_BYTES));
  put(folder, 'checkpoints.jsonl', lines(checkpoints));
  put(folder, 'seals.jsonl', lines(seals));
  put(folder, 'checkpoint', newest?.note ?? '');
  put(
    folder,
    'keys.json',
    lines([
      {
        organisation: { origin, signers: keys.organisation, announced },
        installation: { origin: INSTALLATION, signers: keys.installation },
        earlier: earlier.length === 0 ? undefined : { organisation: [{ origin, signers: earlier }], installation: [] },
      },
    ]),
  );
  put(folder, 'salt.json', lines([{ salt: SALT }]));
  put(folder, 'key-ids.txt', keyIds.map((id) => `${id}\n`).join(''));
  put(
    folder,
    'manifest.json',
    lines([
      {
        format: 'toeverlaat-evidence/1',
        organisation,
        origin,
        size: records.length,
        root: newest?.root,
        recordsPerFile,
        checkpoints: checkpoints.length,
        seals: seals.length,
      },
    ]),
  );
};
