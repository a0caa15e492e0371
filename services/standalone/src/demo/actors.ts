import type { Role } from '@toeverlaat/access';
import type { CommandDef, Language, QueryDef, StoredBlob } from '@toeverlaat/contracts';
import type { OrganisationId } from '@toeverlaat/values';
import type { z } from 'zod';

/** Who acts, in one capacity: somebody with an account, or somebody at an organisation's public door. */
export type Who =
  | {
      readonly as: Exclude<Role, 'anonymous_worker'>;
      /** Subject of the sign-in, such as `pieter@gentia`. */
      readonly subject: string;
      /** The organisation acted in; under a mandate not the person's own. */
      readonly organisation: OrganisationId;
      readonly language?: Language;
    }
  | {
      readonly as: 'anonymous_worker';
      readonly organisation: OrganisationId;
      readonly receipt?: { readonly lookupId: string; readonly authenticator: string };
      readonly language?: Language;
    };

/** A refusal as a client sees it, the same over RPC and over GraphQL. */
export type Refusal = {
  /** Of the rejection; `NoSuchField` when the capacity's schema does not have the question at all. */
  readonly kind: string;
  readonly code?: string;
  readonly field?: string;
  readonly rule?: string;
};
export type CommandAnswer =
  | { readonly ok: true; readonly id: string; readonly revision: number; readonly repeated: boolean }
  | { readonly ok: false; readonly refusal: Refusal };
export type QueryAnswer<T> =
  { readonly ok: true; readonly value: T; readonly stale: boolean } | { readonly ok: false; readonly refusal: Refusal };

export type UploadAnswer =
  { readonly ok: true; readonly value: StoredBlob } | { readonly ok: false; readonly refusal: Refusal };

export type DownloadAnswer =
  | { readonly ok: true; readonly mediaType: string; readonly file: Uint8Array }
  | { readonly ok: false; readonly refusal: Refusal };

/** One person in one capacity, over whatever way in. */
export type Actor = {
  readonly who: Who;
  readonly command: <I extends z.ZodType>(
    def: CommandDef<I>,
    commandId: string,
    data: z.input<I>,
  ) => Promise<CommandAnswer>;
  readonly query: <I extends z.ZodType, O extends z.ZodType>(
    def: QueryDef<I, O>,
    input: z.input<I>,
  ) => Promise<QueryAnswer<z.output<O>>>;
  /** Puts a file into a case; a command then refers to it. */
  readonly upload: (commandId: string, caseId: string, file: Uint8Array<ArrayBuffer>) => Promise<UploadAnswer>;
  /** An attachment of a case, or the receiver's copy of one that was handed over. */
  readonly download: (recordId: string, blob: string, of?: 'case' | 'referral') => Promise<DownloadAnswer>;
};

export type Driver = {
  readonly actor: (who: Who) => Actor;
  /** Capacities may have changed: they are asked for again. */
  readonly forget: () => void;
};

/** A step of the demonstration was refused: names who, what and why. */
export class StepRefused extends Error {
  override readonly name = 'StepRefused';
  constructor(
    readonly who: Who,
    readonly pattern: string,
    readonly refusal: Refusal,
  ) {
    const person = who.as === 'anonymous_worker' ? 'somebody' : who.subject;
    const detail = [refusal.code, refusal.field, refusal.rule].filter((part) => part !== undefined).join(' ');
    super(`${person} as ${who.as} in ${who.organisation}: ${pattern} refused: ${refusal.kind} ${detail}`.trimEnd());
  }
}

/** The id of what a command acted on or made. @throws StepRefused */
export const done = async <I extends z.ZodType>(
  actor: Actor,
  def: CommandDef<I>,
  commandId: string,
  data: z.input<I>,
): Promise<string> => {
  const answer = await actor.command(def, commandId, data);
  if (!answer.ok) throw new StepRefused(actor.who, def.pattern, answer.refusal);
  return answer.id;
};

/** What a question is answered with. @throws StepRefused */
export const asked = async <I extends z.ZodType, O extends z.ZodType>(
  actor: Actor,
  def: QueryDef<I, O>,
  input: z.input<I>,
): Promise<z.output<O>> => {
  const answer = await actor.query(def, input);
  if (!answer.ok) throw new StepRefused(actor.who, def.pattern, answer.refusal);
  return answer.value;
};

/** What a capacity does something for; undefined leaves it to the capacity's first purpose. */
export const purposeOf = (role: Role, pattern: string): string | undefined => {
  const [service = '', name = ''] = pattern.split('.');
  if (role === 'worker' || role === 'anonymous_worker') {
    if (name === 'sendRequest' || name === 'beforeSending') return 'ask_for_help';
    return name === 'counsellorCards' || name === 'secondCounsellors' ? 'choose_counsellor' : 'follow_own_request';
  }
  if (role === 'counsellor' || role === 'prevention_adviser') {
    if (service === 'intake') return 'hear_worker';
    if (service === 'referral')
      return role === 'prevention_adviser' && /received|accept|decline/iu.test(name) ? 'receive_referral' : 'refer';
    return name === 'askContinuation' || name === 'recuse' ? 'hand_over' : 'handle_case';
  }
  if (role === 'employer' || role === 'committee_member' || role === 'administrator')
    return /designation|agreement|successor|training|supervision|counsellor/iu.test(name) && service === 'directory'
      ? 'designate'
      : undefined;
  return undefined;
};
