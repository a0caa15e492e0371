import type { Position } from '@toeverlaat/event-log';
import { publicEventSchema } from '@toeverlaat/messaging';
import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { layoutOf } from '../layout.js';
import { say } from '../terminal.js';
import { argumentsOf, commandSettings, runCommand, WrongUse } from './command.js';

const USE = `npm run parked -- list
npm run parked -- show <reactor> <position>
npm run parked -- replay <reactor> [<position>]        (the product must be stopped)
npm run parked -- discard <reactor> <position> --motive "<why>"
Each takes --data <folder>.`;

type Parked = {
  readonly reactor: string;
  readonly position: Position;
  readonly event: string;
  readonly reason: string;
  readonly attempts: number;
};

const open = (file: string, readOnly: boolean): DatabaseSync => {
  if (!existsSync(file)) throw new WrongUse(`setting data: nothing was ever parked, there is no ${file}`);
  return new DatabaseSync(file, { readOnly, timeout: 5_000 });
};

const parkedIn = (db: DatabaseSync): readonly Parked[] =>
  db
    .prepare('SELECT reactor, position, event, reason, attempts FROM parked ORDER BY reactor, position')
    .all()
    .map((row) => ({
      reactor: String(row['reactor']),
      position: String(row['position']) as Position,
      event: String(row['event']),
      reason: String(row['reason']),
      attempts: Number(row['attempts']),
    }));

const list = (file: string): number => {
  const db = open(file, true);
  try {
    const items = parkedIn(db);
    for (const { reactor, position, event, reason, attempts } of items) {
      const { type, organisation, stream, revision, recordedAt } = publicEventSchema.parse(JSON.parse(event));
      say(
        `${reactor}  ${position}  ${type}  ${organisation}  ${stream}@${revision}  ${recordedAt}  ${reason} after ${attempts}`,
      );
    }
    say(items.length === 0 ? 'nothing is parked' : `${items.length} parked`);
    return 0;
  } finally {
    db.close();
  }
};

const show = (file: string, reactor: string, position: string): number => {
  const db = open(file, true);
  try {
    const item = parkedIn(db).find((one) => one.reactor === reactor && one.position === position);
    if (item === undefined) throw new WrongUse(`${reactor} has nothing parked at ${position}`);
    say(`${reactor}  ${position}  ${item.reason} after ${item.attempts}`);
    // Ids, states and dates: all of it is the clear list (design rule 6).
    say(JSON.stringify(publicEventSchema.parse(JSON.parse(item.event)), null, 2));
    return 0;
  } finally {
    db.close();
  }
};

/** Sets a parked event aside for good. What was discarded, and why, stays in the file. */
const discard = (file: string, reactor: string, position: string, motive: string): number => {
  const db = open(file, false);
  try {
    db.exec(`CREATE TABLE IF NOT EXISTS discarded (
      reactor TEXT NOT NULL, position TEXT NOT NULL, event TEXT NOT NULL, reason TEXT NOT NULL, motive TEXT NOT NULL,
      discarded_at TEXT NOT NULL) STRICT`);
    db.exec('BEGIN IMMEDIATE');
    const kept = db
      .prepare(
        `INSERT INTO discarded SELECT reactor, position, event, reason, ?, ? FROM parked WHERE reactor = ? AND position = ?`,
      )
      .run(motive, new Date().toISOString(), reactor, position);
    if (Number(kept.changes) === 0) {
      db.exec('ROLLBACK');
      throw new WrongUse(`${reactor} has nothing parked at ${position}`);
    }
    db.prepare('DELETE FROM parked WHERE reactor = ? AND position = ?').run(reactor, position);
    db.exec('COMMIT');
    say(`discarded ${reactor} ${position}`);
    return 0;
  } finally {
    db.close();
  }
};

const replay = async (data: string, file: string, reactor: string, position: string | undefined): Promise<number> => {
  const db = open(file, true);
  const wanted = parkedIn(db).filter(
    (item) => item.reactor === reactor && (position === undefined || item.position === position),
  );
  db.close();
  if (wanted.length === 0)
    throw new WrongUse(`${reactor} has nothing parked${position === undefined ? '' : ` at ${position}`}`);
  const { compose } = await import('../compose.js');
  const product = await compose(commandSettings(['--data', data]), { timersEveryMs: 0, withoutDoor: true });
  try {
    await product.whenSettled();
    let failed = 0;
    for (const item of wanted) {
      const found = product.reactors.get(reactor);
      const done = found !== undefined && (await found.replay(item.position));
      if (!done) failed += 1;
      say(`${reactor}  ${item.position}  ${done ? 'done' : 'failed again, stays parked'}`);
    }
    await product.whenSettled();
    return failed === 0 ? 0 : 1;
  } finally {
    await product.stop();
  }
};

await runCommand(async () => {
  const { values, positionals } = argumentsOf(process.argv.slice(2), {
    data: { type: 'string' },
    motive: { type: 'string' },
  });
  const [verb, reactor, position, ...more] = positionals;
  if (more.length > 0) throw new WrongUse(USE);
  const { data } = commandSettings(values.data === undefined ? [] : ['--data', values.data]);
  const { reactors: file } = layoutOf(data);
  switch (verb) {
    case 'list':
      return list(file);
    case 'show':
      if (reactor === undefined || position === undefined) throw new WrongUse(USE);
      return show(file, reactor, position);
    case 'replay':
      if (reactor === undefined) throw new WrongUse(USE);
      return replay(data, file, reactor, position);
    case 'discard': {
      if (reactor === undefined || position === undefined) throw new WrongUse(USE);
      const motive = (values.motive ?? '').trim();
      if (motive.length < 3) throw new WrongUse('--motive: say why it is discarded, in three characters or more');
      return discard(file, reactor, position, motive);
    }
    default:
      throw new WrongUse(USE);
  }
});
