import { accept, refuse, reject, type Command, type Decider } from '@toeverlaat/event-log';
import { canonicalJson } from '@toeverlaat/values';
import { digestOf, type Fact } from '../booking.js';
import { currentForm, type ReportForm } from '../report-form.js';
import { isCounted } from '../tables.js';
import type { FrozenLine, ReportEvent } from './events.js';
import { evolveReport, initialReport, type ReportState } from './state.js';

export type FreezeAnnualReport = Command<
  'FreezeAnnualReport',
  {
    /** `YYYY`. */
    readonly year: string;
    /** The numbers that no fact is behind. */
    readonly entered: readonly { readonly line: string; readonly value: number }[];
    readonly viewVersion: number;
    /** The facts of the year, by their own month, late ones included. */
    readonly facts: readonly Fact[];
  }
>;

/** The lines of the form, counted exactly. The head of the internal service alone sees them (design §7). */
export const linesOf = (
  form: ReportForm,
  facts: readonly Fact[],
  entered: readonly { readonly line: string; readonly value: number }[],
): readonly FrozenLine[] =>
  form.lines.map(({ id, counts }) => ({
    line: id,
    value:
      counts === undefined
        ? (entered.find(({ line }) => line === id)?.value ?? null)
        : facts.filter((fact) => isCounted(counts, fact)).length,
  }));

export const reportDecider: Decider<FreezeAnnualReport, ReportEvent, ReportState> = {
  initial: initialReport,
  decide: ({ data, meta }, { editions }) => {
    if (data.year >= meta.today.slice(0, 4)) return refuse('year_not_over');
    const enterable = new Set(currentForm.lines.filter(({ counts }) => counts === undefined).map(({ id }) => id));
    const wrong = data.entered.findIndex(({ line }) => !enterable.has(line));
    if (wrong >= 0) return reject({ kind: 'InvalidInput', field: `entered.${wrong}.line`, rule: 'not_entered' });
    if (new Set(data.entered.map(({ line }) => line)).size !== data.entered.length)
      return reject({ kind: 'InvalidInput', field: 'entered', rule: 'twice' });
    const last = editions.at(-1);
    const lines = linesOf(currentForm, data.facts, data.entered);
    if (
      last !== undefined &&
      last.formVersion === currentForm.version &&
      canonicalJson(last.lines) === canonicalJson(lines)
    )
      return accept();
    return accept({
      type: 'AnnualReportFrozen',
      data: {
        edition: editions.length + 1,
        formVersion: currentForm.version,
        lines: [...lines],
        viewVersion: data.viewVersion,
        lawVersion: meta.lawVersion,
        facts: data.facts.length,
        factsDigest: digestOf(data.facts),
      },
    });
  },
  evolve: evolveReport,
};
