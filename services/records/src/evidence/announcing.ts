import { signNote } from '@toeverlaat/merkle';
import type { OrganisationId } from '@toeverlaat/values';
import type { Signers } from './signers.js';

/** What an announcement says, before the signatures; the verifier writes it a second time. */
const announcementText = (said: {
  readonly origin: string;
  readonly at: string;
  readonly signers: readonly string[];
}) => `toeverlaat signers v1\n${said.origin}\ntime ${said.at}\n${said.signers.map((key) => `${key}\n`).join('')}`;

/**
 * The next keys of a log, made in the keyring if they are not there, and the note that announces them: signed by the present ones and
 * by themselves (ADR 67, 88).
 * @param changes how often they were changed before
 * @throws EvidenceStopped `signer_key_missing`, `keys_unavailable`
 */
export const announceNext = async (
  signers: Signers,
  owner: OrganisationId,
  present: { readonly origin: string; readonly signers: readonly string[]; readonly changes: number },
  at: string,
) => {
  const { origin, changes } = present;
  const old = await signers.known(owner, origin, present.signers, changes);
  const next = await signers.of(owner, origin, changes + 1);
  const keys = next.map(({ verifierKey }) => verifierKey);
  const announcement = await signNote(announcementText({ origin, at, signers: keys }), [...old, ...next]);
  return { origin, previousSigners: [...present.signers], signers: keys, at, announcement };
};
