import { sha256Hex, canonicalJson, type LocalDate, type OrganisationId } from '@toeverlaat/values';
import type { Proposal, RulesState } from '../domain/retention-rules/index.js';
import { simulate, type SimulationReport } from '../domain/simulation.js';
import { everyKept, itemOfRow, type RetentionCore } from './core.js';

/** The change as it would stand beside the versions that hold, on the day it is counted for. */
export const simulateProposal = (
  core: Pick<RetentionCore, 'kept'>,
  organisation: OrganisationId,
  rules: RulesState,
  proposal: Pick<Proposal, 'rules' | 'scope' | 'selected' | 'validFrom'>,
  options: { readonly on: LocalDate; readonly today: LocalDate; readonly lawVersion: string },
): { readonly report: SimulationReport; readonly reportHash: string } => {
  const { on, today, lawVersion } = options;
  const simulation = simulate({
    on,
    countedOn: today,
    versions: rules.versions,
    change: {
      version: rules.versions.length + 1,
      rules: proposal.rules,
      scope: proposal.scope,
      selected: new Set(proposal.selected),
      validFrom: proposal.validFrom ?? today,
    },
    lawVersion,
  });
  for (const row of everyKept(core, organisation)) simulation.add(itemOfRow(row));
  const report = simulation.report();
  return { report, reportHash: sha256Hex(reportDocument(report)) };
};

/** The file that is exported: its SHA-256 stands in the activation. */
export const reportDocument = (report: SimulationReport): string => canonicalJson(report);

/** How many records an organisation keeps, read row by row: what any pass over them costs at the least. */
export const countKept = (core: Pick<RetentionCore, 'kept'>, organisation: OrganisationId): number => {
  let kept = 0;
  for (const _ of everyKept(core, organisation)) kept += 1;
  return kept;
};
