import { err, ok } from '@toeverlaat/values';
import type { Evidence as EvidenceLog } from '../evidence/evidence.js';
import { EvidenceStopped } from '../evidence/faults.js';
import type { Evidence } from './ports.js';

/** The evidence log as certificates cite it. A fault of it is told there; an erasure then waits for the next look. */
export const citedEvidence = ({ publishNow, parts }: Pick<EvidenceLog, 'publishNow' | 'parts'>): Evidence => ({
  checkpoint: async (organisation) => {
    try {
      return ok((await publishNow(organisation)).note);
    } catch (error) {
      if (error instanceof EvidenceStopped) return err({ kind: 'Unavailable', detail: `evidence: ${error.fault}` });
      throw error;
    }
  },
  leafIndex: (organisation, eventId) => {
    const leaf = parts.index.byEvent(organisation, eventId);
    return Promise.resolve(
      leaf === undefined ? err({ kind: 'Unavailable', detail: 'evidence: not sequenced yet' }) : ok(leaf.index),
    );
  },
});
