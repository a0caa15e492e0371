/** Where in the order of the tree; what is not known is left out. */
export type Place = {
  readonly index: number;
  readonly stream?: string;
  readonly revision?: number;
};

/** The first thing that is wrong. Each is a sentence in four languages (`sentences.ts`). */
export type Finding =
  /** No manifest: the export was cut short, or this is none. */
  | { readonly code: 'no_manifest' }
  | { readonly code: 'file_unreadable'; readonly file: string }
  | { readonly code: 'file_malformed'; readonly file: string; readonly line?: number }
  /** A file ends in the midst of a record, or before the last one. */
  | { readonly code: 'truncated'; readonly file: string; readonly record: Place }
  | { readonly code: 'record_changed'; readonly record: Place }
  | { readonly code: 'record_removed'; readonly record: Place }
  | { readonly code: 'record_inserted'; readonly record: Place }
  | { readonly code: 'record_reordered'; readonly record: Place }
  /** Records, tiles and perhaps signatures were made anew: where between two heads is not known. */
  | { readonly code: 'rewritten'; readonly from: number; readonly to: number }
  | { readonly code: 'record_malformed'; readonly record: Place }
  | { readonly code: 'record_of_another'; readonly record: Place }
  | { readonly code: 'revision_missing'; readonly record: Place }
  | { readonly code: 'wrong_key'; readonly file: string; readonly size?: number }
  /** Keys that those before them did not announce, or that the log does not hold the announcement of. */
  | { readonly code: 'signer_unannounced'; readonly file: string; readonly size?: number }
  | { readonly code: 'signature_false'; readonly file: string; readonly size?: number }
  /** Signed, and no head of this tree. */
  | { readonly code: 'checkpoint_forked'; readonly size: number }
  /** The log itself holds a checkpoint that the list lacks, or the list has one that the log never held. */
  | { readonly code: 'checkpoint_withheld'; readonly size: number }
  | { readonly code: 'checkpoint_unrecorded'; readonly size: number }
  | { readonly code: 'checkpoint_time'; readonly size: number }
  /** A new name that the log does not begin, or that names another old head than the log's. */
  | { readonly code: 'origin_differs'; readonly origin: string }
  | { readonly code: 'salt_differs' }
  | { readonly code: 'seal_differs'; readonly sequence: number; readonly from: number; readonly to: number }
  /** No head of this organisation in it, although it had one by then. */
  | { readonly code: 'seal_without_head'; readonly sequence: number }
  /** Somebody else's copy has a seal from before the export's end that the export lacks. */
  | { readonly code: 'seal_withheld'; readonly sequence: number; readonly file: string }
  | { readonly code: 'ledger_differs'; readonly sequence: number }
  /** Somebody else's copy of a seal says something else: history was replaced. */
  | { readonly code: 'anchor_differs'; readonly sequence: number; readonly file: string };

/** Carries a finding out of wherever it was found. */
export class Found extends Error {
  override readonly name = 'Found';
  constructor(
    readonly finding: Finding,
    options?: ErrorOptions,
  ) {
    super(finding.code, options);
  }
}

/** What was seen while checking, for the sentences. */
export type Facts = {
  readonly organisation: string;
  readonly origin: string;
  readonly records: number;
  readonly streams: number;
  readonly bytes: number;
  readonly root: string;
  readonly checkpoints: number;
  readonly firstAt: string;
  readonly lastAt: string;
  readonly accesses: number;
  readonly denied: number;
  readonly seals: number;
  /** Of the seals, those with a head of this organisation. */
  readonly sealed: number;
  readonly keyIds: number;
  /** Key ids destroyed since the newest seal: not anchored yet. */
  readonly keyIdsUnsealed: number;
  readonly keys: readonly string[];
  /** The caller brought the key: it was not merely taken from the folder. */
  readonly keyKnown: boolean;
  /** Copies of anchors that were brought along, and the seals that they confirmed. */
  readonly copies: number;
  readonly anchored: number;
  /** How often other keys came to sign, each announced by those before them. */
  readonly signerChanges: number;
  /** The same of the keys that sign seals; their announcements stand in the folder, and not in the organisation's log. */
  readonly sealerChanges: number;
  /** How often the log was begun anew under another name, after a restore; the last time, and the old head it names. */
  readonly restores: number;
  readonly restoredAt: string;
  readonly previousOrigin: string;
  readonly previousSize: number;
  /** Seals that a restore recovered from an anchor: no head of this organisation is known in them. */
  readonly recovered: number;
  /** Seals of the copy that are newer than this export. */
  readonly anchorNewer: number;
};

export type Verdict =
  | { readonly ok: true; readonly facts: Facts }
  | { readonly ok: false; readonly finding: Finding; readonly checked: number };
