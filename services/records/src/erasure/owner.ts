import type { SubjectParts } from '@toeverlaat/contracts';
import { createRunner, type Rejection } from '@toeverlaat/event-log';
import { mayErase, runnerParts, type ErasureOwner, type ServiceRuntime } from '@toeverlaat/service-kit';
import { err, localDateOf, ok, type OrganisationId, type Result } from '@toeverlaat/values';
import { alarmCategory, alarmCodec, alarmDecider } from '../domain/access-alarm/index.js';
import {
  AUDIT_MANDATES_ID,
  auditMandatesCategory,
  auditMandatesCodec,
  auditMandatesDecider,
  initialAuditMandates,
  mandateStateOn,
} from '../domain/audit-mandates/index.js';
import {
  DEPARTURE_ID,
  departureCategory,
  departureCodec,
  departureDecider,
  hasEnded,
  initialDeparture,
} from '../domain/departure/index.js';
import { erasureCategory, erasureCodec, erasureDecider, isOfCertificate } from '../domain/erasure/index.js';
import { holdCategory, holdCodec, holdDecider } from '../domain/legal-hold/index.js';
import { stateOr } from '../loaded.js';

const NOT_FOUND: Rejection = { kind: 'NotFound' };
const stillOpen: Result<never, Rejection> = err({ kind: 'RuleRefused', code: 'erasure_of_open_record' });

type Check = (organisation: OrganisationId, recordId: string) => Promise<Result<void, Rejection>>;

/**
 * What records may destroy of its own (ADR 69, 78): the mapping from the pseudonyms of a year to people, once the year is over; why
 * an alarm was dismissed; a mandate that has ended; a hold that was lifted; who received what of a departure that is over; the certificate of an erasure that is completed. The access
 * history of that year stays, about nobody (ADR 4).
 */
export const createOwnRecordsOwner = (runtime: Omit<ServiceRuntime, 'blobs'>): ErasureOwner => {
  const { sealing, clock } = runtime;
  const common = runnerParts(runtime);
  const alarms = createRunner({ ...common, category: alarmCategory, codec: alarmCodec, decider: alarmDecider });
  const holds = createRunner({ ...common, category: holdCategory, codec: holdCodec, decider: holdDecider });
  const erasures = createRunner({
    ...common,
    category: erasureCategory,
    codec: erasureCodec,
    decider: erasureDecider,
  });
  const mandates = createRunner({
    ...common,
    category: auditMandatesCategory,
    codec: auditMandatesCodec,
    decider: auditMandatesDecider,
  });

  const departures = createRunner({
    ...common,
    category: departureCategory,
    codec: departureCodec,
    decider: departureDecider,
  });

  /** Other keys of this class, such as the one of sign-in, are no year's. A year in which nobody acted has none: that is fine too. */
  const year: Check = (_organisation, recordId) => {
    if (!/^\d{4}$/u.test(recordId)) return Promise.resolve(err(NOT_FOUND));
    return Promise.resolve(recordId < localDateOf(clock.now()).slice(0, 4) ? ok(undefined) : stillOpen);
  };
  const alarm: Check = async (organisation, recordId) =>
    mayErase(await alarms.load(organisation, recordId), () => ok(undefined));
  const hold: Check = async (organisation, recordId) =>
    mayErase(await holds.load(organisation, recordId), ({ status }) =>
      status === 'lifted' ? ok(undefined) : stillOpen,
    );
  const certificate: Check = async (organisation, recordId) =>
    mayErase(await erasures.load(organisation, recordId), (state) => {
      if (state.status !== 'completed') return stillOpen;
      // That one is the last that is left of it.
      return isOfCertificate(state.subject) ? err(NOT_FOUND) : ok(undefined);
    });
  const mandate: Check = async (organisation, mandateId) => {
    const state = stateOr(await mandates.load(organisation, AUDIT_MANDATES_ID), initialAuditMandates);
    if (!state.ok) return state;
    const found = state.value.mandates.find((one) => one.mandateId === mandateId);
    if (found?.sealedFor !== 'mandate') return err(NOT_FOUND);
    return mandateStateOn(found, localDateOf(clock.now())) === 'ended' ? ok(undefined) : stillOpen;
  };

  const departure: Check = async (organisation, departureId) => {
    const loaded = await departures.load(organisation, DEPARTURE_ID);
    const state = stateOr(loaded, initialDeparture);
    if (!state.ok) return state;
    const { value } = state;
    // An earlier one has ended: only then another was asked for.
    if (value.status !== 'none' && value.departureId === departureId)
      return hasEnded(value) ? ok(undefined) : stillOpen;
    const earlier = loaded.kind === 'loaded' ? loaded.events.map((event) => departureCodec.decodeStored(event)) : [];
    return earlier.some((stored) => stored?.data.departureId === departureId) ? ok(undefined) : err(NOT_FOUND);
  };

  const checkOf = ({ keyClass, recordId, participantId }: SubjectParts): [Check, string] | undefined => {
    if (keyClass === 'audit_mandate')
      return recordId === AUDIT_MANDATES_ID && participantId !== undefined ? [mandate, participantId] : undefined;
    if (keyClass === 'departure')
      return recordId === DEPARTURE_ID && participantId !== undefined ? [departure, participantId] : undefined;
    if (participantId !== undefined) return undefined;
    switch (keyClass) {
      case 'actors':
        return [year, recordId];
      case 'access_alarm':
        return [alarm, recordId];
      case 'legal_hold':
        return [hold, recordId];
      case 'erasure':
        return [certificate, recordId];
      default:
        return undefined;
    }
  };

  return {
    check: async (organisation, parts) => {
      const check = checkOf(parts);
      if (check === undefined) return err(NOT_FOUND);
      const [may, id] = check;
      const { keyClass, recordId, participantId } = parts;
      const subject = `${keyClass}/${recordId}${participantId === undefined ? '' : `#${participantId}`}`;
      // Destroyed before: somebody finishes what was begun.
      return (await sealing.isDestroyed(organisation, subject)) ? ok(undefined) : may(organisation, id);
    },
  };
};
