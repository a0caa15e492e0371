import { mkdir, open, readdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { AnchorUnavailable, lineOf, missingAfter, recordsIn, type Anchor, type AnchorRecord } from './port.js';

export type OutboxAnchorOptions = {
  readonly folder: string;
  readonly from: string;
  readonly to: string;
  readonly name?: string;
};

const NAME = /^seal-(\d{12})\.eml$/;
const BREAK = '\r\n';
/** Longest line of a mail body in base64 (RFC 2045 §6.8). */
const LINE = 76;

/**
 * Mails as files for a mail server to pick up and deliver to the auditor's mailbox; whoever sends them leaves them here or
 * moves them to `sent/`. One mail per seal, RFC 5322, with the record as its base64 body.
 */
export const createOutboxAnchor = (options: OutboxAnchorOptions): Anchor => {
  const { folder, from, to, name = 'outbox' } = options;
  if (/[\r\n]/.test(`${from}${to}`)) throw new TypeError('an address is a single line');

  const mailOf = (record: AnchorRecord): string => {
    const body = Buffer.from(lineOf(record)).toString('base64');
    const lines = body.match(new RegExp(`.{1,${LINE}}`, 'g')) ?? [];
    const at = record.entry.split('\n')[2] ?? '';
    return [
      `From: ${from}`,
      `To: ${to}`,
      `Date: ${new Date(at).toUTCString().replace('GMT', '+0000')}`,
      `Message-ID: <seal-${record.sequence}.${Buffer.from(record.note).toString('hex').slice(22, 38)}@toeverlaat.invalid>`,
      `Subject: Toeverlaat seal ${record.sequence}`,
      'MIME-Version: 1.0',
      'Content-Type: application/json; charset=utf-8',
      'Content-Transfer-Encoding: base64',
      '',
      ...lines,
      '',
    ].join(BREAK);
  };

  const recordIn = (mail: string): AnchorRecord | undefined => {
    const body = mail.slice(mail.indexOf(`${BREAK}${BREAK}`) + 4);
    return recordsIn(Buffer.from(body, 'base64').toString('utf8')).at(-1);
  };

  const mails = async (): Promise<readonly { readonly sequence: number; readonly file: string }[]> => {
    const list = async (at: string): Promise<readonly string[]> => {
      try {
        return (await readdir(at)).filter((file) => NAME.test(file)).map((file) => join(at, file));
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
        throw new AnchorUnavailable(name, 'read', { cause: error });
      }
    };
    return [...(await list(folder)), ...(await list(join(folder, 'sent')))]
      .map((file) => ({ file, sequence: Number(/(\d{12})\.eml$/.exec(file)?.[1]) }))
      .toSorted((a, b) => a.sequence - b.sequence);
  };

  const read = async (file: string): Promise<AnchorRecord | undefined> => {
    try {
      return recordIn(await readFile(file, 'utf8'));
    } catch (error) {
      throw new AnchorUnavailable(name, 'read', { cause: error });
    }
  };

  const newest: Anchor['newest'] = async () => {
    const last = (await mails()).at(-1);
    return last === undefined ? undefined : read(last.file);
  };

  return {
    name,
    newest,
    from: async (sequence) => {
      const wanted = (await mails()).filter((mail) => mail.sequence >= sequence);
      return (await Promise.all(wanted.map(({ file }) => read(file)))).filter((record) => record !== undefined);
    },
    append: async (records) => {
      const missing = missingAfter(name, await newest(), records);
      try {
        await mkdir(folder, { recursive: true });
        for (const record of missing) {
          const file = `seal-${String(record.sequence).padStart(12, '0')}.eml`;
          const writing = join(folder, `.${file}`);
          const handle = await open(writing, 'w', 0o640);
          try {
            await handle.writeFile(mailOf(record));
            await handle.sync();
          } finally {
            await handle.close();
          }
          await rename(writing, join(folder, file));
        }
      } catch (error) {
        throw new AnchorUnavailable(name, 'write', { cause: error });
      }
    },
  };
};
