import type { PublishedKey, PublishedKeyUse, RequestContext } from '@toeverlaat/contracts';
import { metadataOf, streamName, type EventLog, type Rejection } from '@toeverlaat/event-log';
import type { SealingService } from '@toeverlaat/sealing';
import { err, ok, type OrganisationId, type Result } from '@toeverlaat/values';
import { EVIDENCE_ID, evidenceCategory, evidenceCodec } from '../domain/evidence/index.js';
import {
  INSTALLATION,
  INSTALLATION_ID,
  installationCategory,
  installationCodec,
} from '../domain/installation/index.js';
import { CERTIFICATE_KEY } from '../erasure/process.js';

type Named = { readonly origin: string; readonly signers: readonly string[]; readonly from: string };

/** The id in a verifier key: `<name>+<id>+<key>`; the name has no plus. */
const idOf = (verifierKey: string): string => verifierKey.split('+')[1] ?? '';

/** One name after the other: each signs until the next begins. */
const inUse = (use: PublishedKeyUse, names: readonly Named[]): readonly PublishedKey[] =>
  names.flatMap(({ origin, signers, from }, at) =>
    signers.map((key) => ({
      use,
      id: idOf(key),
      alg: 'Ed25519' as const,
      key,
      origin,
      from,
      until: names[at + 1]?.from ?? null,
    })),
  );

/**
 * The keys that this organisation's evidence is checked with, read off the log: a key that signs is one that the log names. An
 * organisation without evidence has none, and none is made by asking.
 */
export const publishedKeys = (parts: {
  readonly log: Pick<EventLog, 'readStream'>;
  readonly sealing: Pick<SealingService, 'signingKey'>;
}) => {
  const { log, sealing } = parts;

  const ofOrganisation = async (organisation: OrganisationId): Promise<readonly Named[]> =>
    (await log.readStream(streamName(evidenceCategory, organisation, EVIDENCE_ID))).flatMap((recorded) => {
      const event = evidenceCodec.decodeStored(recorded);
      return event?.type === 'EvidenceLogOpened' ||
        event?.type === 'EvidenceOriginBegun' ||
        event?.type === 'EvidenceSignersChanged'
        ? [{ origin: event.data.origin, signers: event.data.signers, from: metadataOf(recorded).recordedAt }]
        : [];
    });

  const ofInstallation = async (): Promise<readonly Named[]> =>
    (await log.readStream(streamName(installationCategory, INSTALLATION, INSTALLATION_ID))).flatMap((recorded) => {
      const event = installationCodec.decodeStored(recorded);
      return event?.type === 'InstallationLogOpened' ||
        event?.type === 'InstallationOriginBegun' ||
        event?.type === 'InstallationSignersChanged'
        ? [{ origin: event.data.origin, signers: event.data.signers, from: metadataOf(recorded).recordedAt }]
        : [];
    });

  return async ({ caller }: RequestContext): Promise<Result<{ readonly keys: PublishedKey[] }, Rejection>> => {
    const { organisation } = caller;
    const own = await ofOrganisation(organisation);
    if (own.length === 0) return err({ kind: 'NotFound' });
    const certificate = await sealing.signingKey(organisation, CERTIFICATE_KEY);
    return ok({
      keys: [
        ...inUse('checkpoint', own),
        ...inUse('installation', await ofInstallation()),
        {
          use: 'certificate',
          id: certificate.keyId,
          alg: 'Ed25519',
          key: Buffer.from(certificate.publicKey).toString('base64'),
          origin: null,
          from: null,
          until: null,
        },
      ],
    });
  };
};
