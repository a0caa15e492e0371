/** What is asked beside the questions as they stand: the same as of a moment, and files over HTTP. */

import type { Asker } from './actors.js';
import { FILE, recordOf } from './files.js';
import { kindOf, type Asked, type Judge } from './judge.js';
import { files, questions, type Entry, type FileRoute } from './oracle.js';
import { isTheirs } from './right.js';
import { asOf, nearTo, nothingAtAll } from './targets.js';
import { recordNames, type Planted, type RecordName } from './world.js';

/** A moment, and the records that were not there yet. */
type Moment = { readonly at: string; readonly absent: readonly RecordName[] };
export const BEFORE_ALL: Moment = { at: '2020-01-01T00:00:00.000Z', absent: recordNames };

/** Every question that can be asked as of a moment. @returns how many were asked */
export const askAsOf = async (
  judge: Judge,
  planted: readonly Planted[],
  asker: Asker,
  moments: readonly Moment[],
): Promise<number> => {
  let count = 0;
  for (const field of (await judge.schemaOf(asker)).questions) {
    const entry = questions[field.name];
    if (entry === undefined || !field.args.some(({ name }) => name === 'asOf' || name === 'at')) continue;
    for (const moment of moments) {
      const then = [...nearTo(planted, asker), nothingAtAll].map((target) => asOf(target, moment.at, moment.absent));
      const asked: Asked[] = [];
      for (const one of await Promise.all(
        [...then, nothingAtAll].map((target) => judge.ask(asker, 'query', field, target)),
      ))
        if (one !== undefined) asked.push(one);
      count += asked.length;
      await judge.trail.catchUp();
      for (const one of asked) await judge.lookAt(one);
      judge.compare(entry, asked);
      // Nobody could act as anything before there was an organisation.
      const [first, ...others] = asked.slice(0, then.length);
      if (moment === BEFORE_ALL)
        for (const one of others)
          if (one.reply.text !== first?.reply.text) judge.wrong(one, 'tells of a time before there was anything');
      judge.passTime();
    }
  }
  return count;
};

/** Every route of files. @returns how many were asked for or put in, and which went through */
export const askFiles = async (
  judge: Judge,
  planted: readonly Planted[],
  asker: Asker,
): Promise<{ readonly asked: number; readonly given: readonly FileRoute[] }> => {
  const given: FileRoute[] = [];
  let count = 0;
  for (const [route, entry] of Object.entries(files) as readonly (readonly [FileRoute, Entry])[]) {
    const targets = [...nearTo(planted, asker), nothingAtAll];
    const asked = await Promise.all(targets.map((target) => judge.askFile(asker, route, target)));
    count += asked.length;
    await judge.trail.catchUp();
    for (const one of asked) {
      await judge.lookAt(one);
      const kind = kindOf(one);
      if (isTheirs(asker, entry, one.target) !== (kind === FILE)) judge.wrong(one, `answers ${kind}`);
      if (kind !== FILE) continue;
      given.push(route);
      const record = recordOf(route, one.target);
      const recorded = judge.trail
        .of('AccessRecorded', one.reply.requestId, record)
        .some(({ records, position }) => records.includes(record) && one.head !== undefined && position <= one.head);
      // What is put in shows nothing.
      if (!recorded && route.startsWith('GET')) judge.wrong(one, 'NO RECORD before the file');
    }
    judge.compare(entry, asked);
    judge.passTime();
  }
  return { asked: count, given };
};
