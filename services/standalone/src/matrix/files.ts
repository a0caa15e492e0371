import { uuidV5 } from '@toeverlaat/values';
import type { Asker } from './actors.js';
import type { FileRoute } from './oracle.js';
import { ECHO, type Target } from './targets.js';
import type { Reply } from './wire.js';

/** What a file that came is called, where a refusal has its code. */
export const FILE = 'File';

type Wanted = {
  readonly path: string;
  /** Of the record whose file it is. */
  readonly record: string;
  readonly part: string;
};

const wantedOf = (route: FileRoute, { values }: Target): Wanted => {
  const value = (name: string): string => {
    const found = values[name];
    if (found === undefined) throw new RangeError(`no ${name}`);
    return found;
  };
  const of = (base: string, record: string, part: string): Wanted => ({
    path: `${base}/${record}/${part}`,
    record,
    part,
  });
  switch (route) {
    case 'GET /documents/case':
      return of('/documents/case', value('caseId'), value('documentId'));
    case 'GET /blobs/case':
      return of('/blobs/case', value('caseId'), value('attachment'));
    case 'GET /blobs/referral':
      return of('/blobs/referral', value('referralId'), value('copy'));
    case 'POST /blobs/case':
      return { path: `/blobs/case/${value('caseId')}`, record: value('caseId'), part: '' };
  }
};
export const recordOf = (route: FileRoute, target: Target): string => wantedOf(route, target).record;

type Refused = { readonly errors?: readonly { readonly extensions?: { readonly code?: string } }[] };

/** Asks for a file, or puts one in, as a client of this capacity does. The reply reads like one of GraphQL. */
export const fileOf = async (
  asker: Asker,
  route: FileRoute,
  target: Target,
): Promise<{ readonly reply: Reply; readonly variables: Readonly<Record<string, unknown>> }> => {
  const { client } = asker;
  const { path, record, part } = wantedOf(route, target);
  const puts = route === 'POST /blobs/case';
  const response = await fetch(`${client.url}${path}`, {
    method: puts ? 'POST' : 'GET',
    headers: {
      'accept-language': 'nl',
      ...client.headers,
      ...(puts
        ? {
            'content-type': 'application/pdf',
            'idempotency-key': uuidV5('matrix', asker.name, route, target.name),
          }
        : {}),
    },
    ...(puts ? { body: `%PDF-1.7\n${ECHO} ${asker.name} ${target.name}\n%%EOF` } : {}),
  });
  const bytes = Buffer.from(await response.arrayBuffer());
  // Byte for byte, whatever is in it.
  const raw = bytes.toString('latin1');
  const requestId = response.headers.get('toeverlaat-request-id') ?? '';
  const code = response.ok
    ? FILE
    : ((JSON.parse(bytes.toString('utf8')) as Refused).errors?.[0]?.extensions?.code ?? `HTTP ${response.status}`);
  return {
    reply: {
      status: response.status,
      requestId,
      text: raw.replaceAll(requestId, '<request>'),
      body: { data: { answer: { __typename: code } } },
    },
    variables: { record, part },
  };
};
