import { createRequire } from 'node:module';
import {
  Metadata,
  Server,
  ServerCredentials,
  type sendUnaryData,
  type ServerReadableStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type ServiceDefinition,
  type StatusObject,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import type features from '@kurrent/kurrentdb-client/generated/kurrentdb/protocols/v1/serverfeatures_pb.js';
import type shared from '@kurrent/kurrentdb-client/generated/kurrentdb/protocols/v1/shared_pb.js';
import type streams from '@kurrent/kurrentdb-client/generated/kurrentdb/protocols/v1/streams_pb.js';

/*
 * Not KurrentDB, and no proof of how it behaves: an answerer of the two calls that the client makes, in memory, written
 * from the protocol's messages. Behind it stand the real client and its native bridge, so that what is tested with it is
 * how the adapter uses them: which bytes go and come, positions, filters, errors, cancelled and broken subscriptions.
 */

const load = createRequire(import.meta.url);
const GENERATED = '@kurrent/kurrentdb-client/generated/kurrentdb/protocols/v1';
// Generated CommonJS: its names are not seen by an import.
const streamsPb = load(`${GENERATED}/streams_pb.js`) as typeof streams;
const sharedPb = load(`${GENERATED}/shared_pb.js`) as typeof shared;
const featuresPb = load(`${GENERATED}/serverfeatures_pb.js`) as typeof features;
const { StreamsService } = load(`${GENERATED}/streams_grpc_pb.js`) as { StreamsService: ServiceDefinition };
const { ServerFeaturesService } = load(`${GENERATED}/serverfeatures_grpc_pb.js`) as {
  ServerFeaturesService: ServiceDefinition;
};

type Stored = {
  readonly stream: string;
  readonly revision: number;
  readonly id: string;
  readonly type: string;
  readonly contentType: string;
  readonly data: Uint8Array;
  readonly metadata: Uint8Array;
  readonly position: bigint;
};

export type StandInOptions = {
  /** Answers over TLS, with this certificate, and only whoever gives this user and password with each call. */
  readonly secured?: {
    readonly certificate: Buffer;
    readonly key: Buffer;
    readonly user: string;
    readonly password: string;
  };
};

export type StandIn = {
  /** Without user and password, which whoever connects puts in front. */
  readonly address: string;
  /** Writes a record past the adapter: of the server itself, or of another program. */
  readonly write: (stream: string, type: string, metadata: Uint8Array) => void;
  /** Breaks every call under way, as a server does that ends. */
  readonly breakCalls: () => void;
  /** Takes every call from now on for unavailable, or answers again. */
  readonly refuse: (refusing: boolean) => void;
  readonly subscribers: () => number;
  /** Takes what was stored in front of this revision out of a stream, as a scavenge does behind `$maxCount`. */
  readonly cut: (stream: string, before: number) => void;
  readonly stop: () => void;
};

const metadataOf = (entries: Readonly<Record<string, string>>): Metadata => {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(entries)) metadata.set(name, value);
  return metadata;
};

const MAX_APPEND = 1024 * 1024;
const nameOf = (identifier: shared.StreamIdentifier | undefined): string =>
  Buffer.from(identifier?.getStreamName_asU8() ?? []).toString('utf8');

export const startStandIn = async ({ secured }: StandInOptions = {}): Promise<StandIn> => {
  const log: Stored[] = [];
  const lastOf = (name: string): number => log.findLast(({ stream }) => stream === name)?.revision ?? -1;
  const live = new Set<{
    readonly call: ServerWritableStream<streams.ReadReq, streams.ReadResp>;
    readonly wants: (event: Stored) => boolean;
  }>();
  let refusing = false;

  const respond = (event: Stored): streams.ReadResp => {
    const recorded = new streamsPb.ReadResp.ReadEvent.RecordedEvent();
    const id = new sharedPb.UUID();
    id.setString(event.id);
    recorded.setId(id);
    const identifier = new sharedPb.StreamIdentifier();
    identifier.setStreamName(Buffer.from(event.stream));
    recorded.setStreamIdentifier(identifier);
    recorded.setStreamRevision(String(event.revision));
    recorded.setCommitPosition(String(event.position));
    recorded.setPreparePosition(String(event.position));
    recorded.getMetadataMap().set('type', event.type).set('content-type', event.contentType).set('created', '0');
    recorded.setData(event.data);
    recorded.setCustomMetadata(event.metadata);
    const read = new streamsPb.ReadResp.ReadEvent();
    read.setEvent(recorded);
    read.setCommitPosition(String(event.position));
    const response = new streamsPb.ReadResp();
    response.setEvent(read);
    return response;
  };

  const store = (entry: Omit<Stored, 'revision' | 'position'>): Stored => {
    const revision = lastOf(entry.stream) + 1;
    // Places in a file: growing, with gaps of the size of what was written.
    const before = log.at(-1);
    const position =
      before === undefined ? 0n : before.position + BigInt(100 + before.data.length + before.metadata.length);
    const stored = { ...entry, revision, position };
    log.push(stored);
    for (const { call, wants } of live) if (wants(stored)) call.write(respond(stored));
    return stored;
  };

  const expected =
    secured === undefined
      ? undefined
      : `Basic ${Buffer.from(`${secured.user}:${secured.password}`).toString('base64')}`;
  /** What a server that asks who comes says to a stranger. */
  const strange = (metadata: Metadata): Partial<StatusObject> | undefined =>
    expected === undefined || metadata.get('authorization').includes(expected)
      ? undefined
      : { code: 7, details: 'Access Denied', metadata: metadataOf({ exception: 'access-denied' }) };

  const append = (
    call: ServerReadableStream<streams.AppendReq, streams.AppendResp>,
    answer: sendUnaryData<streams.AppendResp>,
  ): void => {
    if (refusing) return answer({ code: 14, details: 'not now' });
    const stranger = strange(call.metadata);
    if (stranger !== undefined) return answer(stranger);
    const proposed: streams.AppendReq.ProposedMessage[] = [];
    let options: streams.AppendReq.Options | undefined;
    call.on('data', (request: streams.AppendReq) => {
      if (request.hasOptions()) options = request.getOptions();
      const message = request.getProposedMessage();
      if (message !== undefined) proposed.push(message);
    });
    call.on('error', () => undefined);
    call.on('end', () => {
      const stream = nameOf(options?.getStreamIdentifier());
      const response = new streamsPb.AppendResp();
      const current = lastOf(stream);
      const size = proposed.reduce(
        (sum, one) => sum + one.getData_asU8().length + one.getCustomMetadata_asU8().length,
        0,
      );
      if (size > MAX_APPEND) {
        const trailers = { exception: 'maximum-append-size-exceeded', 'maximum-append-size': String(MAX_APPEND) };
        return answer({ code: 3, details: 'too large', metadata: metadataOf(trailers) });
      }
      const wrong =
        (options?.hasNoStream() === true && current >= 0) ||
        (options?.hasRevision() === true && Number(options.getRevision()) !== current);
      if (wrong) {
        const refusal = new streamsPb.AppendResp.WrongExpectedVersion();
        if (current >= 0) refusal.setCurrentRevision(String(current));
        else refusal.setCurrentNoStream(new sharedPb.Empty());
        if (options?.hasRevision() === true) refusal.setExpectedRevision(options.getRevision());
        else refusal.setExpectedNoStream(new sharedPb.Empty());
        response.setWrongExpectedVersion(refusal);
        return answer(null, response);
      }
      const stored = proposed.map((one) =>
        store({
          stream,
          id: one.getId()?.getString() ?? '',
          type: one.getMetadataMap().get('type') ?? '',
          contentType: one.getMetadataMap().get('content-type') ?? '',
          data: one.getData_asU8(),
          metadata: one.getCustomMetadata_asU8(),
        }),
      );
      const success = new streamsPb.AppendResp.Success();
      success.setCurrentRevision(String(current + stored.length));
      // Of several, the first: what servers give differs, and nothing may depend on it.
      const position = new streamsPb.AppendResp.Position();
      position.setCommitPosition(String(stored[0]?.position ?? 0n));
      position.setPreparePosition(String(stored[0]?.position ?? 0n));
      success.setPosition(position);
      response.setSuccess(success);
      return answer(null, response);
    });
  };

  const read = (call: ServerWritableStream<streams.ReadReq, streams.ReadResp>): void => {
    const options = call.request.getOptions();
    if (refusing || options === undefined) {
      call.emit('error', { code: 14, details: 'not now' });
      return;
    }
    const stranger = strange(call.metadata);
    if (stranger !== undefined) {
      call.emit('error', stranger);
      return;
    }
    const backwards = options.getReadDirection() === 1;
    const filter = options.getFilter()?.getStreamIdentifier();
    const prefixes = filter?.getPrefixList() ?? [];
    const regex = filter?.getRegex() ?? '';
    const wants = ({ stream }: Stored): boolean =>
      (prefixes.length === 0 || prefixes.some((prefix) => stream.startsWith(prefix))) &&
      (regex === '' || new RegExp(regex).test(stream));
    if (options.hasSubscription()) {
      const response = new streamsPb.ReadResp();
      const confirmation = new streamsPb.ReadResp.SubscriptionConfirmation();
      confirmation.setSubscriptionId('stand-in');
      response.setConfirmation(confirmation);
      call.write(response);
      const entry = { call, wants };
      live.add(entry);
      call.on('cancelled', () => live.delete(entry));
      return;
    }
    const stream = options.getStream();
    let found: Stored[];
    if (stream === undefined) {
      const all = options.getAll();
      const from = all?.hasPosition() === true ? BigInt(all.getPosition()?.getCommitPosition() ?? 0) : undefined;
      // Forwards a position is inclusive, backwards it is not.
      found = log.filter(
        (event) => wants(event) && (from === undefined || (backwards ? event.position < from : event.position >= from)),
      );
      if (all?.hasEnd() === true && !backwards) found = [];
    } else {
      const name = nameOf(stream.getStreamIdentifier());
      const own = log.filter((event) => event.stream === name);
      if (own.length === 0) {
        const response = new streamsPb.ReadResp();
        const missing = new streamsPb.ReadResp.StreamNotFound();
        const identifier = new sharedPb.StreamIdentifier();
        identifier.setStreamName(Buffer.from(name));
        missing.setStreamIdentifier(identifier);
        response.setStreamNotFound(missing);
        call.write(response);
        call.end();
        return;
      }
      const from = stream.hasRevision() ? Number(stream.getRevision()) : undefined;
      found = own.filter(
        (event) => from === undefined || (backwards ? event.revision <= from : event.revision >= from),
      );
    }
    if (backwards) found.reverse();
    for (const event of found.slice(0, Number(options.getCount()))) call.write(respond(event));
    call.end();
  };

  const server = new Server();
  const implementation: UntypedServiceImplementation = {
    append,
    read,
    delete: (_call: unknown, answer: sendUnaryData<unknown>) => answer({ code: 12 }),
    tombstone: (_call: unknown, answer: sendUnaryData<unknown>) => answer({ code: 12 }),
    batchAppend: (call: { readonly emit: (event: string, error: object) => void }) => call.emit('error', { code: 12 }),
  };
  server.addService(StreamsService, implementation);
  server.addService(ServerFeaturesService, {
    getSupportedMethods: (
      _call: ServerUnaryCall<shared.Empty, features.SupportedMethods>,
      answer: sendUnaryData<features.SupportedMethods>,
    ) => {
      const supported = new featuresPb.SupportedMethods();
      supported.setEventStoreServerVersion('23.10.0');
      const method = new featuresPb.SupportedMethod();
      method.setServiceName('event_store.client.streams.streams');
      method.setMethodName('batchappend');
      supported.addMethods(method);
      answer(null, supported);
    },
  });
  const port = await new Promise<number>((resolve, reject) => {
    const credentials =
      secured === undefined
        ? ServerCredentials.createInsecure()
        : ServerCredentials.createSsl(null, [{ cert_chain: secured.certificate, private_key: secured.key }]);
    server.bindAsync('127.0.0.1:0', credentials, (error, bound) => (error === null ? resolve(bound) : reject(error)));
  });
  return {
    address: `kurrentdb://127.0.0.1:${port}?tls=${secured === undefined ? 'false' : 'true'}`,
    write: (stream, type, metadata) => {
      store({
        stream,
        id: crypto.randomUUID(),
        type,
        contentType: 'application/json',
        data: Buffer.from('{}'),
        metadata,
      });
    },
    breakCalls: () => {
      for (const entry of live) {
        live.delete(entry);
        entry.call.emit('error', { code: 14, details: 'going away' });
      }
    },
    refuse: (now) => {
      refusing = now;
    },
    subscribers: () => live.size,
    cut: (stream, before) => {
      for (let index = log.length - 1; index >= 0; index -= 1) {
        const event = log[index];
        if (event?.stream === stream && event.revision < before) log.splice(index, 1);
      }
    },
    stop: () => server.forceShutdown(),
  };
};
