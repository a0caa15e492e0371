import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { verifyFolder } from './check.js';
import { answerSentences } from './answer-sentences.js';
import { verifyAnswer } from './answer.js';
import { certificateSentences } from './certificate-sentences.js';
import { verifyCertificate } from './certificate.js';
import { PUBLISHED_KEYS_FORMAT, publishedKeysOf, type PublishedKeys } from './published-keys.js';
import { readingLine, readsSentences } from './reads-sentences.js';
import { listReads } from './reads.js';
import { erasureLine, erasuresSentences } from './erasures-sentences.js';
import { listErasures } from './erasures.js';
import { reportSentences } from './report-sentences.js';
import { verifyReport } from './report.js';
import { companySentences, verifyCompany } from './company.js';
import { verifyReceipt } from './receipt.js';
import {
  findingSentence,
  holdingSentences,
  languages,
  outsideSentences,
  receiptSentences,
  type Language,
} from './sentences.js';

const USAGE = `Checks an exported folder, a receipt, a certificate or report of erasure, an answer of the access history or what a company got, offline.

  verify <folder> [--key <verifier key>]… [--installation-key <verifier key>]… [--anchor <file>]…
  verify receipt <file> [--key <verifier key>]… [--promise-key <sha-256>]…
  verify certificate <file> [--key <verifier key>]… [--certificate-key <key id>]…
  verify report <file> [--certificate-key <key id>]…
  verify answer <file> [--key <verifier key>]… [--folder <exported folder>]
  verify reads <folder> [--key <verifier key>]… [--record <id>] [--by <pseudonym>]… [--from <instant>] [--to <instant>]
  verify erasures <folder> [--key <verifier key>]… [--certificate-key <key id>]… [--anchor <file>]…
  verify company <file> [--key <verifier key>]…   with the register of facts by third parties, register.json beside it

  --published-keys <file>  the document of the organisation's public keys, instead of single ones
  --language en|nl|fr|de   of the sentences (en)
  --json                   the verdict as one line of JSON

Exit code 0: everything holds. 1: something is wrong, and is named. 2: wrong use.`;

const HEADINGS: Readonly<
  Record<Language, { readonly holds: string; readonly outside: string; readonly wrong: string }>
> = {
  en: { holds: 'What holds', outside: 'What this does not show', wrong: 'Something is wrong' },
  nl: { holds: 'Wat klopt', outside: 'Wat dit niet toont', wrong: 'Er klopt iets niet' },
  fr: { holds: 'Ce qui est établi', outside: 'Ce que cela ne montre pas', wrong: 'Quelque chose ne va pas' },
  de: { holds: 'Was feststeht', outside: 'Was dies nicht zeigt', wrong: 'Etwas stimmt nicht' },
};

const say = (...lines: readonly string[]): void => {
  process.stdout.write(`${lines.join('\n')}\n`);
};
const listed = (sentences: readonly string[]): readonly string[] => sentences.map((sentence) => `  - ${sentence}`);

class WrongUse extends Error {}

const EXAMPLE = '2026-04-01T00:00:00.000Z';
/** As records have them, so that text compares as time does. */
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;

const argumentsOf = () => {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        key: { type: 'string', multiple: true },
        'installation-key': { type: 'string', multiple: true },
        'promise-key': { type: 'string', multiple: true },
        'certificate-key': { type: 'string', multiple: true },
        'published-keys': { type: 'string' },
        folder: { type: 'string' },
        record: { type: 'string' },
        by: { type: 'string', multiple: true },
        from: { type: 'string' },
        to: { type: 'string' },
        anchor: { type: 'string', multiple: true },
        language: { type: 'string', default: 'en' },
        json: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw new WrongUse(error instanceof Error ? error.message : 'wrong use');
  }
};

const textOf = (file: string | undefined, more: boolean): string => {
  if (file === undefined || more) throw new WrongUse('one file is needed');
  try {
    return readFileSync(file, 'utf8');
  } catch {
    throw new WrongUse(`${file} cannot be read`);
  }
};

type Given = {
  readonly key?: string[];
  readonly 'installation-key'?: string[];
  readonly 'promise-key'?: string[];
  readonly 'certificate-key'?: string[];
  readonly 'published-keys'?: string;
};

/** The keys that whoever checks brought along, one by one or as the document that the organisation publishes. */
const trustedOf = (values: Given): Partial<PublishedKeys> => {
  const file = values['published-keys'];
  const document = file === undefined ? undefined : publishedKeysOf(textOf(file, false));
  if (file !== undefined && document === undefined) throw new WrongUse(`${file}: no ${PUBLISHED_KEYS_FORMAT} document`);
  const {
    keys = document?.keys,
    installationKeys = document?.installationKeys,
    promiseKeys = document?.promiseKeys,
    certificateKeys = document?.certificateKeys,
  } = {
    keys: values.key,
    installationKeys: values['installation-key'],
    promiseKeys: values['promise-key'],
    certificateKeys: values['certificate-key'],
  };
  return {
    ...(keys === undefined ? {} : { keys }),
    ...(installationKeys === undefined ? {} : { installationKeys }),
    ...(promiseKeys === undefined ? {} : { promiseKeys }),
    ...(certificateKeys === undefined ? {} : { certificateKeys }),
  };
};

const run = async (): Promise<number> => {
  const { values, positionals } = argumentsOf();
  const language = languages.find((one) => one === values.language);
  if (language === undefined) throw new WrongUse(`--language: ${languages.join(', ')}`);
  const trusted = trustedOf(values);
  const keys = trusted.keys === undefined ? {} : { keys: trusted.keys };
  const [first, second] = positionals;
  if (first === 'receipt') {
    const text = textOf(second, positionals.length > 2);
    const { promiseKeys } = trusted;
    const verdict = await verifyReceipt(text, { ...keys, ...(promiseKeys === undefined ? {} : { promiseKeys }) });
    if (values.json) say(JSON.stringify(verdict));
    else say(...receiptSentences(verdict, language));
    return verdict.ok ? 0 : 1;
  }
  if (first === 'certificate') {
    const text = textOf(second, positionals.length > 2);
    const { certificateKeys } = trusted;
    const verdict = await verifyCertificate(text, {
      ...keys,
      ...(certificateKeys === undefined ? {} : { certificateKeys }),
    });
    if (values.json) say(JSON.stringify(verdict));
    else say(...certificateSentences(verdict, language));
    return verdict.ok ? 0 : 1;
  }
  if (first === 'report') {
    const { certificateKeys } = trusted;
    const verdict = verifyReport(
      textOf(second, positionals.length > 2),
      certificateKeys === undefined ? {} : { certificateKeys },
    );
    if (values.json) say(JSON.stringify(verdict));
    else say(...reportSentences(verdict, language));
    return verdict.ok ? 0 : 1;
  }
  if (first === 'answer') {
    const text = textOf(second, positionals.length > 2);
    const { folder } = values;
    const verdict = await verifyAnswer(text, { ...keys, ...(folder === undefined ? {} : { folder }) });
    if (values.json) say(JSON.stringify(verdict));
    else say(...answerSentences(verdict, language));
    return verdict.ok ? 0 : 1;
  }
  if (first === 'reads') {
    if (second === undefined || positionals.length > 2) throw new WrongUse('one folder is needed');
    const { record, by, from, to } = values;
    for (const [name, value] of Object.entries({ from, to }))
      if (value !== undefined && !INSTANT.test(value)) throw new WrongUse(`--${name}: an instant such as ${EXAMPLE}`);
    const verdict = await listReads(
      second,
      {
        ...(record === undefined ? {} : { record }),
        ...(by === undefined ? {} : { by }),
        ...(from === undefined ? {} : { from }),
        ...(to === undefined ? {} : { to }),
      },
      (reading) => say(values.json ? JSON.stringify(reading) : readingLine(reading)),
      keys,
    );
    if (values.json) say(JSON.stringify(verdict));
    else say(...readsSentences(verdict, language));
    return verdict.ok ? 0 : 1;
  }
  if (first === 'erasures') {
    if (second === undefined || positionals.length > 2) throw new WrongUse('one folder is needed');
    const { installationKeys, certificateKeys } = trusted;
    const verdict = await listErasures(
      second,
      (erasure) => say(values.json ? JSON.stringify(erasure) : erasureLine(erasure)),
      {
        ...keys,
        ...(installationKeys === undefined ? {} : { installationKeys }),
        ...(certificateKeys === undefined ? {} : { certificateKeys }),
        ...(values.anchor === undefined ? {} : { anchors: values.anchor }),
      },
    );
    if (values.json) say(JSON.stringify(verdict));
    else say(...erasuresSentences(verdict, language));
    return verdict.ok ? 0 : 1;
  }
  if (first === 'company') {
    const text = textOf(second, positionals.length > 2);
    const beside = join(dirname(second ?? ''), 'register.json');
    const register = existsSync(beside) ? { register: readFileSync(beside) } : {};
    const verdict = await verifyCompany(text, { ...keys, ...register });
    if (values.json) say(JSON.stringify(verdict));
    else say(...companySentences(verdict, language));
    return verdict.ok ? 0 : 1;
  }
  if (first === undefined || positionals.length > 1) throw new WrongUse('one folder is needed');
  const verdict = await verifyFolder(first, {
    ...keys,
    ...(trusted.installationKeys === undefined ? {} : { installationKeys: trusted.installationKeys }),
    ...(values.anchor === undefined ? {} : { anchors: values.anchor }),
  });
  const headings = HEADINGS[language];
  if (values.json) say(JSON.stringify(verdict));
  else if (verdict.ok)
    say(
      headings.holds,
      ...listed(holdingSentences(verdict.facts, language)),
      headings.outside,
      ...listed(outsideSentences(verdict.facts, language)),
    );
  else say(headings.wrong, ...listed([findingSentence(verdict.finding, language)]));
  return verdict.ok ? 0 : 1;
};

try {
  process.exitCode = await run();
} catch (error) {
  if (!(error instanceof WrongUse)) throw error;
  process.stderr.write(`${error.message}\n\n${USAGE}\n`);
  process.exitCode = 2;
}
