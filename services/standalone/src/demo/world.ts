import type { Role } from '@toeverlaat/access';
import type { CommandDef, Language } from '@toeverlaat/contracts';
import { deriveReceipt, newReceiptCode, verifierOf } from '@toeverlaat/sealing';
import { addDays, uuidV5, type LocalDate, type OrganisationId } from '@toeverlaat/values';
import { createHash } from 'node:crypto';
import type { z } from 'zod';
import { done, type Actor, type Driver } from './actors.js';
import { subjectOf } from './people.js';
import { mondayOf } from './stage.js';

/** Everything a scenario is played in. */
export type World = {
  readonly driver: Driver;
  readonly seed: number;
  /** The present that the past of the demonstration is counted back from. */
  readonly today: LocalDate;
  /** Waits for a moment of the demonstration's own time. */
  readonly at: (date: LocalDate, time?: string) => Promise<void>;
  /** Views and reactions have handled everything so far. */
  readonly settle: () => Promise<void>;
  /** Looks at dates now, and settles. */
  readonly timers: () => Promise<void>;
};

/** Told after each step, so that a test or a tour can look at what everybody sees then. */
export type Watch = (step: string, facts: Readonly<Record<string, string>>) => Promise<void> | void;
export const unwatched: Watch = () => undefined;

/** A scenario in one organisation: its people by id, its command ids by step. */
export type Scene = {
  readonly world: World;
  readonly organisation: OrganisationId;
  readonly as: (person: string, role: Exclude<Role, 'anonymous_worker'>, language?: Language) => Actor;
  /** Somebody from another directory, under a mandate here. */
  readonly from: (
    home: OrganisationId,
    person: string,
    role: Exclude<Role, 'anonymous_worker'>,
    language?: Language,
  ) => Actor;
  /** A command id that depends on seed, organisation, scenario and step alone: played again, nothing is done twice. */
  readonly key: (step: string) => string;
  /** Carries out a step. @throws StepRefused */
  readonly does: <I extends z.ZodType>(
    actor: Actor,
    step: string,
    def: CommandDef<I>,
    data: z.input<I>,
  ) => Promise<string>;
};

export const sceneOf = (world: World, organisation: OrganisationId, scenario: string): Scene => {
  const key = (step: string): string => uuidV5('demonstration', String(world.seed), organisation, scenario, step);
  const from: Scene['from'] = (home, person, role, language) =>
    world.driver.actor({
      as: role,
      subject: subjectOf(person, home),
      organisation,
      ...(language === undefined ? {} : { language }),
    });
  return {
    world,
    organisation,
    key,
    from,
    as: (person, role, language) => from(organisation, person, role, language),
    does: (actor, step, def, data) => done(actor, def, key(step), data),
  };
};

/** The Monday so many weeks before the present. */
export const weeksAgo = (world: Pick<World, 'today'>, weeks: number): LocalDate =>
  mondayOf(addDays(world.today, -7 * weeks));

export const sha256Of = (text: string): string => createHash('sha256').update(text).digest('hex');

/** A receipt whose code depends on its name alone, so that the demonstration is the same each time; a real one is random. */
export const demoReceipt = async (name: string, language: Language) => {
  const bytes = createHash('sha512').update(`demonstration receipt ${name}`).digest();
  const code = newReceiptCode(language, (length) => bytes.subarray(0, length));
  const { lookupId, authenticator, publicKey } = await deriveReceipt(code);
  return {
    code: code.letters,
    lookupId,
    authenticator,
    registration: {
      lookupId,
      verifier: await verifierOf(authenticator),
      publicKey: Buffer.from(publicKey).toString('base64url'),
    },
  };
};
