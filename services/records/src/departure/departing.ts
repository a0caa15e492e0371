import { subjectParts, type ServiceName } from '@toeverlaat/contracts';
import type { Runner } from '@toeverlaat/event-log';
import type { ServiceRuntime } from '@toeverlaat/service-kit';
import { localDateOf, type OrganisationId } from '@toeverlaat/values';
import { ViewNotReady, type ViewReader } from '@toeverlaat/views';
import { DEPARTURE_ID, provedRecords, type DepartureState } from '../domain/departure/index.js';
import { erasureIdOf, type ErasureCommand, type ErasureState } from '../domain/erasure/index.js';
import { stepContext, type DepartureCore } from './core.js';

export type DepartingOptions = {
  readonly core: DepartureCore;
  readonly erasures: Runner<ErasureCommand, ErasureState>;
  readonly reader: ViewReader;
  /** Told of what was approved: it is carried out now instead of at the next look. */
  readonly onApproved: (organisation: OrganisationId, erasureId: string) => void;
  /** Called before each step, for crash injection. */
  readonly at?: (step: string) => void;
};

type Row = { readonly organisation: OrganisationId };
type Confirmed = Extract<DepartureState, { readonly status: 'confirmed' }>;

/**
 * What follows a handover by itself: a confirmation that does not come is called for, and is an alarm; once it has come the local
 * copies are destroyed, each as any other record is, on the word of the two who decided to leave. Every step is recorded before the
 * next is taken, under a command id made from departure and step: killed anywhere it goes on, and two that do it at once do it once.
 */
export const createDeparting = (
  runtime: Pick<ServiceRuntime, 'clock' | 'logger'>,
  { core, erasures, reader, onApproved, at = () => undefined }: DepartingOptions,
) => {
  const organisationsThat = (where: string): readonly OrganisationId[] => {
    try {
      return reader
        .acrossOrganisations<Row>(`SELECT organisation FROM departures WHERE ${where} ORDER BY organisation`)
        .map(({ organisation }) => organisation);
    } catch (error) {
      // Built again: the next look finds them.
      if (error instanceof ViewNotReady) return [];
      throw error;
    }
  };

  const callFor = async (organisation: OrganisationId): Promise<void> => {
    const state = await core.departureOf(organisation);
    if (!state.ok || state.value.status !== 'handed_over') return;
    const { departureId, handovers } = state.value;
    const last = handovers.at(-1);
    if (last === undefined || last.confirmBy >= localDateOf(runtime.clock.now())) return;
    at('call');
    const outcome = await core.departures.execute(
      DEPARTURE_ID,
      { type: 'CallForConfirmation', data: { departureId } },
      stepContext(organisation, departureId, 'call', last.handoverId),
    );
    if (outcome.ok && outcome.eventIds.length > 0)
      // An alarm for who looks after the installation too; ids of the clear list alone.
      runtime.logger.error('handover is not confirmed', { organisation });
  };

  /** @returns whether the local copy is gone */
  const erase = async (
    organisation: OrganisationId,
    { departureId, requestedBy, approvedBy }: Confirmed,
    subject: string,
  ): Promise<boolean> => {
    const parts = subjectParts(subject);
    // What belongs to the host and not to a file: its own rules end it.
    if (parts === undefined || !isFile(subject)) return true;
    const erasureId = erasureIdOf(organisation, subject);
    const loaded = await erasures.load(organisation, erasureId);
    if (loaded.kind !== 'loaded' && loaded.kind !== 'absent') return false;
    const status = loaded.kind === 'loaded' ? loaded.state.status : 'none';
    if (status === 'completed') return true;
    if (status === 'none' || status === 'declined') {
      at('request');
      const requested = await erasures.execute(
        erasureId,
        { type: 'RequestErasure', data: { subject, service: parts.service, ground: 'transferred', requestedBy } },
        // One that people declined in between is asked for anew.
        stepContext(organisation, departureId, 'request', status, subject),
      );
      if (!requested.ok) return false;
    }
    if (status === 'none' || status === 'declined' || status === 'requested') {
      at('approve');
      const approved = await erasures.execute(
        erasureId,
        { type: 'ApproveErasure', data: { approvedBy, ownPseudonyms: [] } },
        stepContext(organisation, departureId, 'approve', status, subject),
      );
      if (!approved.ok) return false;
    }
    onApproved(organisation, erasureId);
    return false;
  };

  const destroyCopies = async (organisation: OrganisationId): Promise<void> => {
    const state = await core.departureOf(organisation);
    if (!state.ok || state.value.status !== 'confirmed') return;
    const departure = state.value;
    let waiting = 0;
    let erased = 0;
    for (const subject of provedRecords(departure)) {
      if (!(await erase(organisation, departure, subject))) waiting += 1;
      else if (isFile(subject)) erased += 1;
    }
    if (waiting > 0) return;
    at('complete');
    await core.departures.execute(
      DEPARTURE_ID,
      { type: 'CompleteDeparture', data: { departureId: departure.departureId, erased } },
      stepContext(organisation, departure.departureId, 'complete'),
    );
  };

  /** Takes one departure as far as it goes now. Throws only what a broken invariant or the log throws. */
  const advance = async (organisation: OrganisationId): Promise<void> => {
    await callFor(organisation);
    await destroyCopies(organisation);
  };

  return {
    advance,
    /** Any replica, as often as one likes; what one organisation waits for holds no other up. */
    look: async (): Promise<void> => {
      const stand = organisationsThat("status = 'handed_over' AND called_for = 0 OR status = 'confirmed'");
      for (const organisation of stand)
        try {
          await advance(organisation);
        } catch (error) {
          runtime.logger.error('departure failed', { organisation, error });
        }
    },
    /** Handovers whose confirmation was called for, over all organisations. */
    unconfirmed: (): number => organisationsThat('called_for = 1').length,
  };
};

/** What this host needs for its own history: who acted here and who they were, what was looked at, held and destroyed. */
const OWN: ReadonlySet<ServiceName> = new Set(['records', 'directory']);

/** A record that is erased here after it went elsewhere, the register of the company too: not what the host itself keeps. */
export const isFile = (subject: string): boolean => {
  const parts = subjectParts(subject);
  return parts !== undefined && !OWN.has(parts.service);
};
