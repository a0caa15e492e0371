import { issueCertificates, type IssuedCertificates } from '@toeverlaat/grpc';
import { kafkaSettingsOf, KafkaTlsUnusable } from '@toeverlaat/kafka';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const DAY_MS = 86_400_000;
const inForce = { from: new Date(Date.now() - DAY_MS), to: new Date(Date.now() + DAY_MS) };
const over = { from: new Date(Date.now() - 2 * DAY_MS), to: new Date(Date.now() - DAY_MS) };
const [first, second, old] = [inForce, inForce, over].map((validity) => issueCertificates(['case'], validity));

/* That both clients go on with exchanged files at a real broker: broker-acl.server.spec.ts. */
describe('the files of TLS to the broker', () => {
  let folder: string;
  let told: string[];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'toeverlaat-broker-tls-'));
    told = [];
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  const at = (name: string): string => join(folder, name);
  const put = (
    from: IssuedCertificates | undefined,
    parts: readonly ('ca' | 'cert' | 'key')[] = ['ca', 'cert', 'key'],
  ) => {
    const content = { ca: from?.authority, cert: from?.peers.case?.certificate, key: from?.peers.case?.key };
    for (const part of parts) writeFileSync(at(part), content[part] ?? '');
  };
  const open = () =>
    kafkaSettingsOf(
      { KAFKA_BROKERS: 'a:9092', KAFKA_CA_FILE: at('ca'), KAFKA_CERT_FILE: at('cert'), KAFKA_KEY_FILE: at('key') },
      'case',
      {
        onReplaced: () => told.push('replaced'),
        onRefused: ({ message }) => told.push(message.replace(`${folder}/`, '')),
      },
    );
  /** As a client copies them for a connection; the next connection is another moment. */
  const connect = async ({ connection: { tls } }: ReturnType<typeof open>) => {
    const copied = { ...tls };
    await Promise.resolve();
    return copied;
  };
  const contentOf = (from: IssuedCertificates | undefined) => ({
    ca: from?.authority,
    cert: from?.peers.case?.certificate,
    key: from?.peers.case?.key,
  });

  it('are read again for each connection, and told of once', async () => {
    put(first);
    const settings = open();
    expect(await connect(settings)).toEqual(contentOf(first));
    put(second);
    expect(await connect(settings)).toEqual(contentOf(second));
    expect(await connect(settings)).toEqual(contentOf(second));
    expect(settings.lookAtTls()).toBe(false);
    expect(told).toEqual(['replaced']);
    // Whole seconds in a certificate.
    expect(settings.tlsEndsAt()).toBe(Math.floor(inForce.to.getTime() / 1_000) * 1_000);
  });

  it('stay in use as they were while only some are exchanged, which is told once', async () => {
    put(first);
    const settings = open();
    put(second, ['ca', 'cert']);
    expect(await connect(settings)).toEqual(contentOf(first));
    expect(await connect(settings)).toEqual(contentOf(first));
    expect(told).toEqual(['key: is not the key of the certificate']);
    put(second, ['key']);
    expect(settings.lookAtTls()).toBe(true);
    expect(await connect(settings)).toEqual(contentOf(second));
    expect(told).toEqual(['key: is not the key of the certificate', 'replaced']);
  });

  it.each([
    ['cert: has expired', () => put(old)],
    ['cert: is no certificate', () => writeFileSync(at('cert'), 'nothing')],
    ['ca: is no certificate', () => writeFileSync(at('ca'), '')],
    ['ca: cannot be read (ENOENT)', () => rmSync(at('ca'))],
  ])('%s: refused at a start, and not taken later', async (rule, spoil) => {
    put(first);
    const settings = open();
    spoil();
    expect(await connect(settings)).toEqual(contentOf(first));
    expect(told).toEqual([rule]);
    expect(open).toThrow(KafkaTlsUnusable);
    expect(open).toThrow(rule);
  });

  it('are as many as were named: a broker may be believed without a certificate of one’s own', () => {
    put(first);
    const { connection, tlsEndsAt } = kafkaSettingsOf({ KAFKA_BROKERS: 'a:9092', KAFKA_CA_FILE: at('ca') }, 'case');
    expect({ ...connection.tls }).toEqual({ ca: first?.authority });
    expect(tlsEndsAt()).toBeUndefined();
    expect(kafkaSettingsOf({ KAFKA_BROKERS: 'a:9092' }, 'case').connection).not.toHaveProperty('tls');
  });
});
