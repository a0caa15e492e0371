import { z } from 'zod';
import type { LawSettingId, LawSettings } from './law-2026-1/settings.js';
import { lawSet, lawVersion } from './versions.js';

export type { LawSettingId, LawSettings };

/** What an organisation may set otherwise; everything else is fixed by the law version. */
export const lawOverridesSchema = z
  .strictObject({
    writtenMessagesCountAsHearing: z.boolean(),
    smallCellThreshold: z.int().min(5).max(100),
    smallestReleaseMonths: z.int().min(3).max(12),
  })
  .partial();
export type LawOverrides = {
  readonly [K in keyof z.infer<typeof lawOverridesSchema>]?: z.infer<typeof lawOverridesSchema>[K] | undefined;
};

/** The settings in force: the version's values with an organisation's own choices over them. @throws UnknownLawVersion */
export const lawSettings = (overrides: LawOverrides = {}, version: string = lawVersion): LawSettings => {
  const data = lawSet(version).settings;
  return {
    writtenMessagesCountAsHearing: overrides.writtenMessagesCountAsHearing ?? data.writtenMessagesCountAsHearing.value,
    telephoneCountsAsHearing: data.telephoneCountsAsHearing.value,
    silenceIsAcceptance: data.silenceIsAcceptance.value,
    mandatoryFromWorkers: data.mandatoryFromWorkers.value,
    internalFromWorkers: data.internalFromWorkers.value,
    internalFromWorkersWithExternalAdviser: data.internalFromWorkersWithExternalAdviser.value,
    trainingHours: data.trainingHours.value,
    smallCellThreshold: overrides.smallCellThreshold ?? data.smallCellThreshold.value,
    smallestReleaseMonths: overrides.smallestReleaseMonths ?? data.smallestReleaseMonths.value,
    actBeforeSignature: data.actBeforeSignature.value,
    burdenOfProofMonths: data.burdenOfProofMonths.value,
  };
};
