import { metadataOf, type EventLog, type Position, type RecordedEvent } from '@toeverlaat/event-log';
import { uuidV5, type OrganisationId } from '@toeverlaat/values';

export type Access = {
  readonly organisation: OrganisationId;
  readonly position: Position;
  readonly records: readonly string[];
};
type Kind = 'AccessRecorded' | 'AccessDenied';

/** What the log says of each request, read as it grows. */
export type Trail = {
  /** Reads on to the end of the log. */
  readonly catchUp: () => Promise<void>;
  /** The access records of a request; for who is known by an id of the record, that of the request in the record. */
  readonly of: (kind: Kind, requestId: string, record?: string) => readonly Access[];
  /** Attempts that were counted and have no record of their own. */
  readonly counted: () => number;
  /** Events, access records left out, that came of a command or of a request. */
  readonly causedBy: (id: string) => readonly RecordedEvent[];
};

export const createTrail = (log: Pick<EventLog, 'readAll'>, after: Position | undefined): Trail => {
  let at = after;
  let capped = 0;
  const accesses = new Map<string, Access[]>();
  const caused = new Map<string, RecordedEvent[]>();
  let reading: Promise<void> = Promise.resolve();

  const take = (event: RecordedEvent): void => {
    const kind = event.type.split('.')[1] ?? '';
    if (!event.stream.includes('.access-')) {
      const { commandId, correlationId } = metadataOf(event);
      for (const id of [commandId, correlationId]) caused.set(id, [...(caused.get(id) ?? []), event]);
      return;
    }
    const data = JSON.parse(Buffer.from(event.data).toString('utf8')) as {
      readonly requestId?: string;
      readonly record?: string;
      readonly records?: readonly string[];
      readonly count?: number;
    };
    if (kind === 'DeniedAttemptsCapped') capped += data.count ?? 0;
    if (data.requestId === undefined) return;
    const key = `${kind} ${data.requestId}`;
    const { organisation, position } = event;
    const access = { organisation, position, records: data.records ?? [data.record ?? ''] };
    accesses.set(key, [...(accesses.get(key) ?? []), access]);
  };

  const read = async (): Promise<void> => {
    for (;;) {
      const page = await log.readAll({ limit: 1_000, ...(at === undefined ? {} : { after: at }) });
      page.events.forEach(take);
      at = page.next ?? at;
      if (page.atEnd) return;
    }
  };

  return {
    catchUp: () => {
      reading = reading.then(read);
      return reading;
    },
    of: (kind, requestId, record) => [
      ...(accesses.get(`${kind} ${requestId}`) ?? []),
      ...(record === undefined ? [] : (accesses.get(`${kind} ${uuidV5('access-request', requestId, record)}`) ?? [])),
    ],
    counted: () => capped,
    causedBy: (id) => caused.get(id) ?? [],
  };
};
