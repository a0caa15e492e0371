import * as c from '@toeverlaat/contracts';
import { isSealedShape, metadataOf, type Position, type RecordedEvent } from '@toeverlaat/event-log';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { compose, type Product } from '../compose.js';
import { DEMO_ISSUER } from '../demo-idp/index.js';
import { say } from '../terminal.js';
import type { Role } from '@toeverlaat/access';
import { asked, type Actor, type QueryAnswer } from './actors.js';
import { found } from './found.js';
import { createGraphqlDriver } from './graphql-driver.js';
import { gentia, subjectOf, zorgnet } from './people.js';
import { playKeeping } from './keeping.js';
import { playScenario1 } from './scenarios.js';
import { stageOf } from './seed.js';

const WIDTH = 100;

const wrapped = (text: string, indent: string): string => {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && indent.length + line.length + word.length >= WIDTH) {
      lines.push(indent + line);
      line = '';
    }
    line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, indent + line].join('\n');
};

const title = (text: string): void => {
  say();
  say(text);
  say('─'.repeat(Math.min(WIDTH, text.length)));
};
const tells = (who: string, text: string): void => say(wrapped(`${who} ${text}`, '  '));

/** A value as the log holds it: a sealed one by its size, its keys and a first few characters. */
const shown = (value: unknown): string => {
  if (isSealedShape(value)) {
    const keys = value.keys.length === 1 ? 'one key' : `${value.keys.length} keys together`;
    return `sealed under ${keys}, ${Buffer.byteLength(value.ct)} characters: ${value.ct.slice(0, 12)}…`;
  }
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}…` : text;
};

const printEvent = (event: RecordedEvent): void => {
  const { actor, purpose, recordedAt } = metadataOf(event);
  const data = JSON.parse(Buffer.from(event.data).toString('utf8')) as Record<string, unknown>;
  if (event.stream.includes('.access-')) {
    // An access record holds nothing sealed: one line says it all.
    const looked = event.type.includes('Denied') ? 'looked in vain for' : 'opened';
    const record = String(data['record'] ?? (data['records'] as readonly unknown[])[0]).slice(0, 8);
    const who = actor.pseudonym.startsWith('service-')
      ? `the ${actor.pseudonym.slice('service-'.length)} service`
      : `${actor.capacity} ${actor.pseudonym.slice(0, 10)}…`;
    say(`  · ${event.type}   ${who} ${looked} ${String(data['recordClass'])} ${record}…, to ${purpose}`);
    return;
  }
  say(`  · ${event.type}   ${event.stream.slice(0, 34)}…   ${recordedAt}`);
  say(`      by ${actor.capacity} ${actor.pseudonym.slice(0, 10)}…, to ${purpose}`);
  for (const [field, value] of Object.entries(data)) say(`      ${field}: ${shown(value)}`);
};

/** What was appended since the last time it was asked for, in one organisation. */
const createLogReader = (product: Product) => {
  let after: Position | undefined;
  return async (print: boolean | ((type: string) => boolean)): Promise<void> => {
    const shows = typeof print === 'boolean' ? () => print : print;
    for (;;) {
      const { events, next, atEnd } = await product.log.readAll({
        limit: 500,
        ...(after === undefined ? {} : { after }),
      });
      after = next ?? after;
      for (const event of events) if (event.organisation === gentia && shows(event.type)) printEvent(event);
      if (atEnd) return;
    }
  };
};

const outcomeOf = <T>(answer: QueryAnswer<T>, of: (value: T) => string): string => {
  if (answer.ok) return of(answer.value);
  switch (answer.refusal.kind) {
    case 'NoSuchField':
      return 'cannot even ask: their schema has no such question.';
    case 'NotFound':
      return 'is told that there is no such thing, as for one that never was.';
    default:
      return `is refused: ${answer.refusal.kind}.`;
  }
};

/**
 * The tour: starts the product on a folder of its own, plays scenario 1 over GraphQL, and says at each step what each
 * role sees and what the log holds in the clear.
 */
export const walk = async (): Promise<void> => {
  const data = mkdtempSync(join(tmpdir(), 'toeverlaat-walk-'));
  const product = await compose(
    {
      profile: 'demonstration',
      host: '127.0.0.1',
      port: 0,
      data,
      rootKey: join(data, 'root.key'),
      acceptRootKeyOnTheLogsDisk: false,
      cases: 0,
      seed: 1,
      logLevel: 'error',
    },
    { timersEveryMs: 0, gateway: { identityCacheMs: 0 } },
  );
  try {
    const { url } = await product.listen();
    const founding = await stageOf(product, { seed: 1 });
    await founding.stage.play([() => found(founding.world, DEMO_ISSUER, product.rpc)]);
    const { world, stage } = await stageOf(product, { seed: 1, driver: createGraphqlDriver(url) });
    const as = (person: string, role: Parameters<typeof actorOf>[2], organisation = gentia): Actor =>
      actorOf(organisation, person, role);
    const actorOf = (organisation: typeof gentia, person: string, role: Exclude<Role, 'anonymous_worker'>): Actor =>
      world.driver.actor({ as: role, subject: subjectOf(person, organisation), organisation, language: 'en' });

    say(
      wrapped(
        `Toeverlaat runs at ${url} on the folder ${data}, with two organisations: Gentia, an employer, and Zorgnet, an external service. On purpose they have people and sites of the same ids. Everything below is asked over GraphQL, each person with their own token and in one capacity.`,
        '',
      ),
    );

    const log = createLogReader(product);
    await log(false);
    const pieter = as('pieter', 'worker');
    const lies = as('lies', 'counsellor');

    /** Everybody whose business it is not. */
    const bystanders = async (requestId: string, caseId: string | undefined): Promise<void> => {
      const look = async (who: string, actor: Actor): Promise<void> => {
        const answer =
          caseId === undefined
            ? await actor.query(c.requestQuery, { requestId })
            : await actor.query(c.caseByIdQuery, { caseId });
        tells(
          who,
          outcomeOf<unknown>(answer, () => 'SEES IT: this is a fault, report it.'),
        );
      };
      await look('Marc, a colleague of Lies,', as('marc', 'counsellor'));
      await look('The Lies of Zorgnet, of the same ids,', as('lies', 'counsellor', zorgnet));
      await look('The employer', as('karel', 'employer'));
      await look('The head of the internal service', as('hugo', 'head_internal_service'));
      await look('The administrator', as('ann', 'administrator'));
    };
    const inTheLog = async (shows: boolean | ((type: string) => boolean) = true): Promise<void> => {
      say();
      say('  In the log, for whoever holds the disk but not the key:');
      await log(shows);
    };

    const story = () =>
      playScenario1(world, gentia, async (step, facts) => {
        const { requestId = '', caseId = '' } = facts;
        switch (step) {
          case 'sent': {
            title('1. Monday. Pieter sends Lies a contact request.');
            const own = await asked(pieter, c.ownRequestQuery, { requestId });
            tells('Pieter', `sees that he will be heard by ${own.hearingDueOn}, and that nobody has read it yet.`);
            const list = await asked(lies, c.requestsQuery, {});
            tells(
              'Lies',
              `sees one request on her list, to be heard by ${list.rows[0]?.hearingDueOn ?? '?'}: no name, no word.`,
            );
            await bystanders(requestId, undefined);
            await inTheLog();
            return;
          }
          case 'read': {
            title('2. Tuesday. Lies opens it and proposes a time; Pieter picks it.');
            const content = await asked(lies, c.requestQuery, { requestId });
            tells('Lies', `reads: “${content.message ?? ''}” Before she could, it was written down that she did.`);
            const own = await asked(pieter, c.ownRequestQuery, { requestId });
            tells(
              'Pieter',
              `sees to whom it was released: ${own.released.map(({ capacity, at }) => `${capacity}, ${at}`).join('; ')}.`,
            );
            await bystanders(requestId, undefined);
            await inTheLog();
            return;
          }
          case 'heard': {
            title('3. Friday, day 4. Lies hears Pieter; the case opens.');
            const opened = await asked(lies, c.caseByIdQuery, { caseId });
            tells(
              'Lies',
              `has case ${opened.caseNumber}: ${opened.kindOfFacts ?? '-'}, at ${opened.site}; hearing ${opened.hearing}. ${opened.hearingWhy}`,
            );
            const notes = await asked(lies, c.personalNotesQuery, { caseId });
            tells('Lies', `keeps a note of her own: “${notes[0]?.note ?? ''}” It never leaves.`);
            const own = await asked(pieter, c.applicantViewQuery, { caseId });
            tells('Pieter', `follows: case ${own.status}, hearing ${own.hearing}. Of the notes he sees nothing.`);
            await bystanders(requestId, caseId);
            await inTheLog();
            return;
          }
          case 'advised': {
            title('4. The week after. A second talk by telephone; advice is what he wants, nobody is contacted.');
            const opened = await asked(lies, c.caseByIdQuery, { caseId });
            tells(
              'Lies',
              `sees ${opened.contacts.length} contacts, ${opened.participants.length} other people, ${opened.documents.length} documents: advice needs none.`,
            );
            await bystanders(requestId, caseId);
            await inTheLog();
            return;
          }
          case 'closed': {
            title('5. The case closes.');
            const opened = await asked(lies, c.caseByIdQuery, { caseId });
            tells('Lies', `sees the outcome: ${opened.outcome ?? '-'}.`);
            const auditor = as('aude', 'auditor');
            const history = await asked(auditor, c.accessHistoryOfRecord, { record: caseId, page: { first: 100 } });
            tells(
              'The auditor',
              `sees that this case was opened ${history.rows.length} times, by whom only as a pseudonym, and nothing of it:`,
            );
            for (const row of history.rows.slice(0, 4))
              say(
                `    ${row.recordedAt}  ${row.accessor.role} ${row.accessor.pseudonym.slice(0, 10)}…  ${row.purpose}  ${row.query}`,
              );
            const last = history.rows[0]?.recordedAt ?? '';
            const could = await asked(auditor, c.couldHaveReadQuery, {
              record: caseId,
              from: last,
              to: new Date(Date.parse(last) + 86_400_000).toISOString(),
              page: { first: 100 },
            });
            tells(
              'The auditor',
              `asks who could have read it the day after and did not: ${could.rows.map(({ role, relation }) => `${role} (${relation})`).join(', ') || 'nobody'}.`,
            );
            const denied = await asked(auditor, c.deniedAttempts, { page: { first: 100 } });
            tells(
              'The auditor',
              `sees ${denied.rows.length} attempts that found nothing: those above, by colleagues of Gentia.`,
            );
            await inTheLog();
            return;
          }
          default:
            return;
        }
      });
    const keeping = () =>
      playKeeping(world, gentia, async (step, facts) => {
        const rik = as('rik', 'records_manager');
        switch (step) {
          case 'simulated': {
            title('6. Months later. Rik, the records manager, would keep counsellors’ files for twelve years.');
            const report = await asked(rik, c.retentionReportQuery, { proposalId: facts['proposalId'] ?? '' });
            const line = report.lines.find(({ recordClass }) => recordClass === 'informal_case');
            tells(
              'Rik',
              `sees what it would do before anybody decides: ${line?.kept ?? 0} of counsellors’ files kept, ${line?.later ?? 0} for longer than now; by ${report.on} ${report.dueBefore} records of all kinds would be destroyed as it is, ${report.dueAfter} with the change. The report stays with the change: SHA-256 ${report.hash.slice(0, 16)}…`,
            );
            return;
          }
          case 'activated': {
            const [change] = await asked(as('carla', 'committee_member'), c.retentionChangesQuery, {});
            tells(
              'Carla, of the committee,',
              `sees that it was proposed as ${change?.proposedAs ?? '-'} and activated as ${change?.activatedAs ?? '-'}, from ${change?.validFrom ?? '-'}, with the same hash: ${change?.reportHash?.slice(0, 16) ?? '-'}…`,
            );
            return;
          }
          case 'held': {
            title('7. The inspection asks to keep what there is of an accident: a legal hold.');
            const kept = await asked(rik, c.keptRecordQuery, { record: facts['heldAdviceId'] ?? '' });
            tells('Rik', `sees: ${kept.state}, by one hold. ${kept.explanation}`);
            return;
          }
          case 'asked': {
            title('8. Somebody wants nothing kept of what they asked Lies. Rik asks for the erasure; Dora must agree.');
            await log(false);
            return;
          }
          case 'erased': {
            const erasureId = facts['erasureId'] ?? '';
            const file = await asked(as('aude', 'auditor'), c.erasureCertificateQuery, { erasureId, language: 'en' });
            const { certificate } = JSON.parse(file.signed) as {
              readonly certificate: { readonly keyIds: readonly string[]; readonly unreadableInBackupsFrom: string };
            };
            tells(
              'The auditor',
              `has the certificate of ${facts['erasedAdviceId']?.slice(0, 8) ?? '-'}…: ${certificate.keyIds.length} keys destroyed, unreadable here, and from ${certificate.unreadableInBackupsFrom} in every backup. Saved as a file, npm run verify -- certificate checks it anywhere, without the product.`,
            );
            await inTheLog((type) => /Erasure|KeyDestr|Dropped|DropNoted|Destruction/u.test(type));
            return;
          }
          default:
            return;
        }
      });
    await stage.play([
      async () => {
        await story();
        await keeping();
      },
    ]);
    say();
    say(
      wrapped(
        'That was scenario 1, and what becomes of records. Start the product with `npm start`, sign in as any of these people, and look for yourself. The others are described in docs/tour.md.',
        '',
      ),
    );
  } finally {
    product.steer?.(undefined);
    await product.stop();
    rmSync(data, { recursive: true, force: true });
  }
};

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) await walk();
