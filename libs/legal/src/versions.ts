import { deadlines } from './law-2026-1/deadlines.js';
import { designationRules, incompatibilities } from './law-2026-1/designation.js';
import { protection } from './law-2026-1/protection.js';
import { destructionTerm, retentionRules } from './law-2026-1/retention.js';
import { secrecyReferences } from './law-2026-1/secrecy.js';
import { settings } from './law-2026-1/settings.js';
import { UnknownLawVersion } from './law-version-error.js';

export { UnknownLawVersion };

/** Editions of the data, oldest first. One that a stored event names is never changed again; a new edition is added. */
export const lawVersions = ['2026.1'] as const;
export type LawVersion = (typeof lawVersions)[number];
/** The edition new records start under; a case keeps the one it started under. */
export const lawVersion: LawVersion = '2026.1';

const law2026_1 = {
  deadlines,
  settings,
  incompatibilities,
  designationRules,
  protection,
  retentionRules,
  destructionTerm,
  secrecyReferences,
};
export type LawSet = typeof law2026_1;

const sets: Readonly<Record<LawVersion, LawSet>> = { '2026.1': law2026_1 };

export const isLawVersion = (version: string): version is LawVersion => lawVersions.some((each) => each === version);

/** The data of an edition. @throws UnknownLawVersion */
export const lawSet = (version: string): LawSet => {
  if (!isLawVersion(version)) throw new UnknownLawVersion(version, lawVersions);
  return sets[version];
};
