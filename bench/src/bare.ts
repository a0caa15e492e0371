// The limit of the desk: Apollo Server with nothing around it on Node's own HTTP server. It gives the same bytes for the same
// query, decrypts as many values of the same sizes with keys that are ready, and waits for one record appended in a group.
//   bare.js <folder> <file with the answer> <sealed values per page> <bytes per value>
import { ApolloServer, HeaderMap } from '@apollo/server';
import { encodeMetadata, openSqliteEventLog, streamName, type EventToAppend } from '@toeverlaat/event-log';
import { organisationId, uuidV5, type CommandId, type EventId } from '@toeverlaat/values';
import { createCipheriv, createDecipheriv, createSecretKey, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { join } from 'node:path';

const [folder = '', answerFile = '', values = '0', bytes = '16'] = process.argv.slice(2);
const page: unknown = JSON.parse(readFileSync(answerFile, 'utf8'));

const sealed = Array.from({ length: Number(values) }, () => {
  const key = createSecretKey(randomBytes(32));
  const iv = randomBytes(12);
  const aad = randomBytes(220);
  const cipher = createCipheriv('aes-256-gcm', key, iv, { authTagLength: 16 });
  cipher.setAAD(aad);
  const ct = Buffer.concat([cipher.update(JSON.stringify('x'.repeat(Number(bytes) - 8))), cipher.final()]);
  return { key, iv, aad, ct, tag: cipher.getAuthTag() };
});
const decrypt = (): void => {
  for (const { key, iv, aad, ct, tag } of sealed) {
    const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: 16 });
    decipher.setAAD(aad);
    decipher.setAuthTag(tag);
    const plain = decipher.update(ct);
    decipher.final();
    JSON.parse(plain.toString('utf8'));
  }
};

const organisation = organisationId('gentia');
const stream = streamName('bench.access', organisation, 'all');
const log = openSqliteEventLog({ file: join(folder, 'bare.sqlite') });
const commandId = uuidV5('bare') as CommandId;
const record: EventToAppend = {
  eventId: commandId as string as EventId,
  type: 'bench.AccessRecorded.v1',
  // As much as the product's record of one page.
  data: Buffer.from(JSON.stringify({ records: Array.from({ length: 20 }, () => commandId), more: 'x'.repeat(420) })),
  metadata: encodeMetadata({
    v: 1,
    eventId: commandId as string as EventId,
    type: 'bench.AccessRecorded.v1',
    organisation,
    recordedAt: '2026-03-02T09:00:00.000Z',
    actor: { pseudonym: 'abcdefghijklmnopqrstuvwxyz', capacity: 'counsellor' },
    purpose: 'handle_case',
    commandId,
    fingerprint: '',
    correlationId: commandId,
    causationId: commandId,
    policyVersion: '2026.1',
    lawVersion: '',
  }),
};

const apollo = new ApolloServer({
  typeDefs: `
    type DeskRow { caseId: ID! caseNumber: String! status: String! hearingDueOn: String! hearing: String! flags: [String!]!
      lastRecordedAt: String! site: String kindOfFacts: String applicantName: String }
    type DeskPage { rows: [DeskRow!]! next: String }
    type NotFound { message: String! }
    union DeskResult = DeskPage | NotFound
    type Query { desk(first: Int): DeskResult! }`,
  resolvers: {
    Query: {
      desk: async () => {
        const appended = await log.append({ organisation, stream, expected: 'any', events: [record] });
        if (!appended.ok) throw new Error(appended.error.kind);
        decrypt();
        return page;
      },
    },
  },
  nodeEnv: 'production',
  stopOnTerminationSignals: false,
});
await apollo.start();

const bodyOf = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
};
const server = createServer((request, response) => {
  void (async () => {
    const answer = await apollo.executeHTTPGraphQLRequest({
      httpGraphQLRequest: {
        method: 'POST',
        headers: new HeaderMap([['content-type', 'application/json']]),
        search: '',
        body: JSON.parse(await bodyOf(request)) as unknown,
      },
      context: () => Promise.resolve({}),
    });
    const text = answer.body.kind === 'complete' ? answer.body.string : '';
    response.writeHead(answer.status ?? 200, {
      'content-type': 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(text),
    });
    response.end(text);
  })();
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (typeof address === 'object' && address !== null)
    process.stdout.write(`listens on http://127.0.0.1:${address.port}\n`);
});
process.on('SIGTERM', () => {
  server.closeAllConnections();
  server.close(() => void log.close().then(() => process.exit(0)));
});
