import { leafBytesOf, parseStreamName, type EventLog, type RecordedEvent } from '@toeverlaat/event-log';
import { departureCategory, departureCodec, inclusionOf, type Evidence } from '@toeverlaat/records';
import { releasesCategory, releasesCodec } from '@toeverlaat/reporting';
import type { OrganisationId } from '@toeverlaat/values';

/*
 * What the company gets of an organisation that leaves (design §4): figures as they were released to it, and the hash of
 * its register as a file for its own key, each with the proof that it stands in the signed tree as it is here. No record of a case,
 * nobody's access, no exact count and no key: what the company may not see while it stays it does not get when it leaves (design rule
 * 10, §7).
 */

export const COMPANY_FORMAT = 'toeverlaat-company/1';
export const COMPANY_FILE = 'company.json';

/** What an event tells the company: of its figures all that was released, of the departure that its register is this file. */
const toldToTheCompany = (event: RecordedEvent): unknown => {
  switch (parseStreamName(event.stream)?.category) {
    case releasesCategory:
      return releasesCodec.decodeStored(event)?.data;
    case departureCategory: {
      const stored = departureCodec.decodeStored(event);
      return stored?.type === 'RegisterHandedOver' ? stored.data : undefined;
    }
    default:
      return undefined;
  }
};

export type CompanyEvent = {
  readonly eventId: string;
  readonly type: string;
  /** As it was released. */
  readonly data: unknown;
  /** The bytes that the leaf is the hash of, base64. */
  readonly record: string;
  /** C2SP tlog-proof, with the name and keys of the log that it is under. */
  readonly proof: string;
  readonly origin: string;
  readonly signers: readonly string[];
};
export type CompanyExport = {
  readonly format: typeof COMPANY_FORMAT;
  readonly organisation: OrganisationId;
  /** Signed note over everything that was recorded when this was made. */
  readonly checkpoint: string;
  readonly events: readonly CompanyEvent[];
};

/** @throws EvidenceStopped, TreeDamaged */
export const companyExport = async (
  log: EventLog,
  evidence: Pick<Evidence, 'parts' | 'publishNow'>,
  organisation: OrganisationId,
): Promise<CompanyExport> => {
  const { note } = await evidence.publishNow(organisation);
  const events: CompanyEvent[] = [];
  for (let after; ;) {
    const slice = await log.readAll({ limit: 500, ...(after === undefined ? {} : { after }) });
    for (const event of slice.events) {
      if (event.organisation !== organisation) continue;
      const data = toldToTheCompany(event);
      if (data === undefined) continue;
      const inclusion = await inclusionOf(evidence, organisation, event.eventId);
      // A checkpoint was signed over everything just now.
      if (inclusion?.proof === undefined || inclusion.proof === null)
        throw new TypeError(`${event.eventId} has no place in the tree`);
      events.push({
        eventId: event.eventId,
        type: event.type,
        data,
        record: leafBytesOf(event).toString('base64'),
        proof: inclusion.proof,
        origin: inclusion.origin,
        signers: inclusion.signers,
      });
    }
    after = slice.next;
    if (slice.atEnd) return { format: COMPANY_FORMAT, organisation, checkpoint: note, events };
  }
};
