import type { OrganisationId } from '@toeverlaat/values';

/** What every blob begins with. */
export const BLOB_MAGIC: Buffer = Buffer.from('TVBLOB1\n');

/** What stands on the list of uploads. `fingerprint` is keyed: it tells a repeat and nothing else. */
export type StoredUpload = {
  readonly v: 1;
  readonly blob: string;
  readonly size: number;
  readonly at: string;
  readonly context: string;
  readonly fingerprint: string;
};

export type ListedUpload = StoredUpload & { readonly id: string };

/** One blob on its way in. Until it is finished nobody finds it. Rejects when the storage does not take it. */
export type BlobWriter = {
  readonly write: (bytes: Uint8Array) => Promise<void>;
  /** Puts it at its address; durable when it resolves. */
  readonly finish: (blob: string) => Promise<void>;
  /**
   * The same, and on the list of uploads. Where an upload of this id and context stands already, that one is answered and
   * this blob is gone. Nobody ever finds a blob of an upload that is not on the list.
   */
  readonly finishListed: (id: string, upload: StoredUpload) => Promise<StoredUpload>;
  /** Leaves nothing, also after a finish that rejected. Never rejects: what it cannot remove now, `removeUnfinished` does. */
  readonly abandon: () => Promise<void>;
};

export type BlobReader = {
  /** Bytes of the stored ciphertext. */
  readonly size: number;
  /** Undefined when there are fewer bytes than asked for. */
  readonly read: (length: number, position: number) => Promise<Buffer | undefined>;
  readonly close: () => Promise<void>;
};

/**
 * Where sealed blobs lie: ciphertext under the address that is its hash, and a list of uploads. It sees no key and no
 * content, and checks neither. Organisation is the first part of every place. Every method but `abandon` rejects when the
 * storage does not answer; that never reads as "not there".
 */
export type BlobStorage = {
  readonly create: (organisation: OrganisationId) => Promise<BlobWriter>;
  /** Undefined when there is none. */
  readonly open: (organisation: OrganisationId, blob: string) => Promise<BlobReader | undefined>;
  /** Removing what is gone is no error. */
  readonly remove: (organisation: OrganisationId, blob: string) => Promise<void>;
  readonly organisationsWithUploads: () => Promise<readonly OrganisationId[]>;
  readonly uploads: (organisation: OrganisationId, context?: string) => Promise<readonly ListedUpload[]>;
  readonly forgetUpload: (organisation: OrganisationId, context: string, id: string) => Promise<void>;
  /** Removes what writers left that ended in the middle, and counts it; not what others still write. */
  readonly removeUnfinished: () => Promise<number>;
  readonly close: () => Promise<void>;
};

const UPLOAD_ID = /^[A-Za-z0-9-]{1,80}$/;
export const isUploadId = (id: string): boolean => UPLOAD_ID.test(id);
