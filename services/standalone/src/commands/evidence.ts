import { openSqliteEventLog } from '@toeverlaat/event-log';
import { openFileSealing } from '@toeverlaat/sealing';
import { createEvidence, createExporter, exportToFolder, ledgerOfVault, type Evidence } from '@toeverlaat/records';
import { createLogger } from '@toeverlaat/telemetry';
import { organisationId, systemClock, type OrganisationId } from '@toeverlaat/values';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createUndo } from '../composition/undo.js';
import { evidenceOf } from '../evidence.js';
import { layoutOf } from '../layout.js';
import { DataFolderInUse, lockFolder } from '../lock.js';
import { KeyringMissing } from '../refusals.js';
import { say } from '../terminal.js';
import { fetchAnswer, type AnswerAsked } from './access-answer.js';
import { commandSettings, runCommand, WrongUse } from './command.js';
import { splitFlags } from './flags.js';
import { remotePage } from './remote-page.js';

const USE = `npm run evidence -- status
npm run evidence -- publish --organisation <id>        signs a checkpoint of everything recorded
npm run evidence -- change-signer --organisation <id>  other keys sign from here on; the old ones announce them
npm run evidence -- change-installation-signer         the same for the key that signs seals
npm run evidence -- seal                               seals all heads and brings the seal to the anchors
npm run evidence -- export --organisation <id> --out <folder>
npm run evidence -- fetch --url <address> --token <token> --capacity <id> --organisation <id> --out <folder>
npm run evidence -- answer --url <address> --token <token> --capacity <id> --organisation <id> --out <file>
    --from <instant> --to <instant> and one of
    --record <id>                  who read this record
    --handler <pseudonym>,…        what this person read
    --record <id> --person <id>    that this person could not read this record; [--home <organisation>] of another directory
The first six take the settings of a start. status, publish and export also work beside a running product; the changes of a signer and
seal need it to be stopped. fetch and answer ask a running one, as an auditor.
An export that was cut short goes on where it was; check it with: npm run verify -- <folder>,
an answer with: npm run verify -- answer <file> --folder <folder>`;

const OWN = [
  'organisation',
  'out',
  'url',
  'token',
  'capacity',
  'from',
  'to',
  'record',
  'handler',
  'person',
  'home',
] as const;
type Own = Readonly<Partial<Record<(typeof OWN)[number], string>>>;
const PAGE_BYTES = 8 * 1024 * 1024;

const needed = (own: Own, name: (typeof OWN)[number]): string => {
  const value = own[name];
  if (value === undefined) throw new WrongUse(`--${name} is needed\n\n${USE}`);
  return value;
};

const organisationIn = (own: Own): OrganisationId => {
  try {
    return organisationId(needed(own, 'organisation'));
  } catch (error) {
    throw error instanceof TypeError ? new WrongUse(`--organisation: ${error.message}`) : error;
  }
};

type Layout = ReturnType<typeof layoutOf>;
type Undo = ReturnType<typeof createUndo>;

/**
 * Where leaf index and tiles are. A running product has its own: beside it this process is a replica (ADR 39) with a folder of its
 * own, made from the log and gone at the end, and of two that sign at once one is refused.
 * @throws DataFolderInUse unless the work may be done beside
 */
const evidenceFolder = (
  data: string,
  layout: Layout,
  beside: boolean,
  undo: Undo,
): { folder: string; alone: boolean } => {
  try {
    const lock = lockFolder(data, layout.lock);
    undo.add('lock', lock.release);
    return { folder: layout.evidence, alone: true };
  } catch (error) {
    if (!(error instanceof DataFolderInUse) || !beside) throw error;
    const folder = mkdtempSync(join(tmpdir(), 'toeverlaat-evidence-'));
    undo.add('replica', () => rmSync(folder, { recursive: true, force: true }));
    return { folder, alone: false };
  }
};

const withEvidence = async (
  rest: readonly string[],
  work: (evidence: Evidence, alone: boolean) => Promise<number>,
  { beside = false }: { readonly beside?: boolean } = {},
): Promise<number> => {
  const settings = commandSettings(rest);
  const layout = layoutOf(settings.data);
  if (!existsSync(layout.log)) throw new WrongUse(`setting data: there is no log at ${layout.log}`);
  const logger = createLogger({ level: settings.logLevel, service: 'records' });
  const undo = createUndo(logger);
  try {
    const { folder, alone } = evidenceFolder(settings.data, layout, beside, undo);
    if (!existsSync(layout.keyring)) throw new KeyringMissing(layout.keyring, layout.log);
    const log = openSqliteEventLog({ file: layout.log });
    undo.add('log', log.close);
    const sealing = await openFileSealing({
      clock: systemClock,
      rootKeyFile: settings.rootKey,
      vaultFile: layout.vault,
      keyringFile: layout.keyring,
      createRootKey: false,
    });
    undo.add('keys', sealing.close);
    const own = sealing.forService({ classes: ['evidence'] });
    const ledger = ledgerOfVault(sealing);
    const evidence = createEvidence({
      ...evidenceOf(settings, layout),
      folder,
      ledger,
      log,
      clock: systemClock,
      sealing: own,
      logger,
    });
    undo.add('evidence', evidence.stop);
    evidence.start();
    return await work(evidence, alone);
  } finally {
    await undo.run();
  }
};

const status = async (evidence: Evidence): Promise<number> => {
  const { organisations, seals, anchors, fault } = await evidence.status();
  for (const one of organisations)
    say(
      `${one.organisation}: ${one.sequenced} in order, ${one.integrated} in the tree, ${one.published} under a checkpoint of ${one.publishedAt ?? 'never'}${one.fault === undefined ? '' : `, stopped by ${one.fault}`}`,
    );
  say(`${seals.count} seals${seals.at === undefined ? '' : `, the newest of ${seals.at}`}`);
  for (const { name, sequence, reached } of anchors)
    say(`anchor ${name}: ${reached ? `seal ${sequence ?? -1}` : 'not reached'}`);
  if (fault !== undefined) say(`all signing is stopped by ${fault}`);
  return fault === undefined && organisations.every((one) => one.fault === undefined) ? 0 : 1;
};

/** The document of public keys, beside what it is to be compared with; whoever checks has a copy of their own from earlier. */
const savePublishedKeys = async (url: string, organisation: OrganisationId, folder: string): Promise<void> => {
  const response = await fetch(new URL(`/.well-known/toeverlaat-keys/${organisation}`, url));
  if (!response.ok) throw new WrongUse(`${url}: the public keys are not given (${response.status})`);
  writeFileSync(join(folder, 'published-keys.json'), await response.text());
};

const answerAsked = (own: Own): AnswerAsked | undefined => {
  const { record, handler, person, home } = own;
  const period = { from: needed(own, 'from'), to: needed(own, 'to') };
  if (handler !== undefined)
    return record === undefined && person === undefined
      ? { kind: 'handler', pseudonyms: handler.split(','), ...period }
      : undefined;
  if (record === undefined) return undefined;
  return person === undefined
    ? { kind: 'record', record, ...period }
    : { kind: 'lack', record, person, ...(home === undefined ? {} : { home }), ...period };
};

await runCommand(async () => {
  const [verb, ...argv] = process.argv.slice(2);
  const { own, words, rest } = splitFlags(argv, OWN);
  if (words.length > 0) throw new WrongUse(USE);
  const folder = (): string => resolve(needed(own, 'out'));
  switch (verb) {
    case 'status':
      return withEvidence(
        rest,
        async (evidence, alone) => {
          // What is due is the running product's to sign.
          await (alone ? evidence.look() : evidence.survey());
          return status(evidence);
        },
        { beside: true },
      );
    case 'publish': {
      const organisation = organisationIn(own);
      return withEvidence(
        rest,
        async (evidence) => {
          const { size, at, note } = await evidence.publishNow(organisation);
          say(`${organisation}: ${size} leaves, signed at ${at}\n${note}`);
          return 0;
        },
        { beside: true },
      );
    }
    case 'change-signer': {
      const organisation = organisationIn(own);
      return withEvidence(rest, async (evidence) => {
        const { signers, checkpoint } = await evidence.changeSigners(organisation);
        say(`${organisation}: ${checkpoint.size} leaves, signed at ${checkpoint.at} with\n${signers.join('\n')}`);
        return 0;
      });
    }
    case 'change-installation-signer':
      return withEvidence(rest, async (evidence) => {
        const { signers, seal } = await evidence.changeInstallationSigners();
        say(`seal ${seal.sequence}, signed at ${seal.at} with\n${signers.join('\n')}`);
        return status(evidence);
      });
    case 'seal':
      return withEvidence(rest, async (evidence) => {
        const { sequence, note } = await evidence.sealNow();
        say(`seal ${sequence}\n${note}`);
        return status(evidence);
      });
    case 'export': {
      const organisation = organisationIn(own);
      const out = folder();
      return withEvidence(
        rest,
        async (evidence) => {
          const exporter = createExporter(evidence);
          await exportToFolder(out, organisation, (cursor) => exporter.page(organisation, cursor, PAGE_BYTES));
          say(`${out}: complete; check it with: npm run verify -- ${out}`);
          return 0;
        },
        { beside: true },
      );
    }
    case 'fetch': {
      const out = folder();
      const url = needed(own, 'url');
      const organisation = organisationIn(own);
      await exportToFolder(out, organisation, remotePage(url, needed(own, 'token'), needed(own, 'capacity')));
      await savePublishedKeys(url, organisation, out);
      say(`${out}: complete; check it with: npm run verify -- ${out}`);
      return 0;
    }
    case 'answer': {
      const file = folder();
      const target = { url: needed(own, 'url'), token: needed(own, 'token'), capacity: needed(own, 'capacity') };
      const asked = answerAsked(own);
      if (asked === undefined) throw new WrongUse(USE);
      const answer = await fetchAnswer(target, organisationIn(own), asked);
      writeFileSync(file, `${JSON.stringify(answer, undefined, 1)}\n`);
      say(`${file}: ${answer.events.length} events; check it with: npm run verify -- answer ${file}`);
      return 0;
    }
    default:
      throw new WrongUse(USE);
  }
});
