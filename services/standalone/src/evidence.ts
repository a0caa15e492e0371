import {
  createFileAnchor,
  createGitAnchor,
  createOutboxAnchor,
  type Anchor,
  type EvidenceSettings,
  type EvidenceThread,
} from '@toeverlaat/records';
import { resolve } from 'node:path';
import type { Layout } from './layout.js';
import type { AnchorSettings, Settings } from './settings.js';

const anchorsOf = (settings: AnchorSettings): readonly Anchor[] => {
  const { anchorFile, anchorGit, anchorGitRemote, anchorOutbox, anchorMailFrom, anchorMailTo } = settings;
  return [
    ...(anchorFile === undefined ? [] : [createFileAnchor(resolve(anchorFile))]),
    ...(anchorGit === undefined
      ? []
      : [
          createGitAnchor({
            folder: resolve(anchorGit),
            ...(anchorGitRemote === undefined ? {} : { remote: anchorGitRemote }),
          }),
        ]),
    ...(anchorOutbox === undefined || anchorMailFrom === undefined || anchorMailTo === undefined
      ? []
      : [createOutboxAnchor({ folder: resolve(anchorOutbox), from: anchorMailFrom, to: anchorMailTo })]),
  ];
};

/** Where the evidence is kept and where its seals go, out of the settings. */
export const evidenceOf = (
  settings: AnchorSettings & Pick<Settings, 'checkpointMinutes' | 'sealHours' | 'sealErasuresMinutes'>,
  layout: Pick<Layout, 'evidence'>,
): EvidenceSettings => ({
  folder: layout.evidence,
  anchors: anchorsOf(settings),
  ...(settings.checkpointMinutes === undefined ? {} : { publishEveryMs: settings.checkpointMinutes * 60_000 }),
  ...(settings.sealHours === undefined ? {} : { sealEveryMs: settings.sealHours * 3_600_000 }),
  ...(settings.sealErasuresMinutes === undefined ? {} : { sealErasuresEveryMs: settings.sealErasuresMinutes * 60_000 }),
});

/** The thread is compiled JavaScript, also where this file runs as its source. */
const program = new URL(
  import.meta.url.endsWith('.ts') ? '../dist/evidence-worker.js' : './evidence-worker.js',
  import.meta.url,
);

/** Evidence in a thread of its own, over a file that this process appends to. */
export const evidenceThread = (log: string): EvidenceThread => ({ program, log });
