import type { Position } from '@toeverlaat/event-log';
import type { ParkedEvent, ParkedStore } from '@toeverlaat/messaging';
import { systemClock } from '@toeverlaat/values';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { openPostgresMessaging } from '../postgres-messaging.js';

const USE = `npm run parked:servers -- list
npm run parked:servers -- show <reactor> <position>
npm run parked:servers -- replay <reactor> <position>      (whichever replica runs tries it once more)
npm run parked:servers -- discard <reactor> <position> --motive "<why>"
npm run parked:servers -- discarded
The database: a connection string in the file that TOEVERLAAT_MESSAGING_URL_FILE names.`;

class WrongUse extends Error {
  override readonly name = 'WrongUse';
}

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

/** Ids, states and dates: all of it is the clear list (design rule 6). */
const lineOf = ({ reactor, position, event, reason, attempts }: ParkedEvent): string => {
  const what =
    event === undefined
      ? 'no public event'
      : `${event.type}  ${event.organisation}  ${event.stream}@${event.revision}  ${event.recordedAt}`;
  return `${reactor}  ${position}  ${what}  ${reason} after ${attempts}`;
};

const find = async (store: ParkedStore, reactor: string, position: string): Promise<ParkedEvent> => {
  const item = (await store.parked(reactor)).find((one) => one.position === position);
  if (item === undefined) throw new WrongUse(`${reactor} has nothing parked at ${position}`);
  return item;
};

const run = async (store: ParkedStore, words: readonly string[], motive: string): Promise<void> => {
  const [verb, reactor, position, ...more] = words;
  if (more.length > 0) throw new WrongUse(USE);
  if (verb === 'list') {
    const items = await store.allParked();
    for (const item of items) say(lineOf(item));
    say(items.length === 0 ? 'nothing is parked' : `${items.length} parked`);
    return;
  }
  if (verb === 'discarded') {
    for (const item of await store.discarded())
      say(`${lineOf({ ...item, attempts: 0 })}  discarded ${item.discardedAt}: ${item.motive}`);
    return;
  }
  if (reactor === undefined || position === undefined) throw new WrongUse(USE);
  const item = await find(store, reactor, position);
  switch (verb) {
    case 'show':
      say(lineOf(item));
      say(JSON.stringify(item.event ?? null, null, 2));
      return;
    case 'replay':
      if (item.event === undefined)
        throw new WrongUse('what is no public event cannot be replayed: its owner has it, and a gap brings it');
      await store.requestReplay(reactor, position as Position);
      say(`asked for ${reactor} ${position}: it leaves the list when it is done`);
      return;
    case 'discard': {
      if (motive.length < 3) throw new WrongUse('--motive: say why it is discarded, in three characters or more');
      await store.discard(reactor, position as Position, motive, systemClock.now());
      say(`discarded ${reactor} ${position}`);
      return;
    }
    default:
      throw new WrongUse(USE);
  }
};

try {
  const options = { motive: { type: 'string' }, help: { type: 'boolean', default: false } } as const;
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  const file = process.env['TOEVERLAAT_MESSAGING_URL_FILE'];
  if (values.help) say(USE);
  else if (file === undefined) throw new WrongUse(USE);
  else {
    const messaging = await openPostgresMessaging({ connectionString: readFileSync(file, 'utf8').trim() });
    try {
      await run(messaging.deliveries, positionals, (values.motive ?? '').trim());
    } finally {
      await messaging.close();
    }
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : 'failed'}\n`);
  process.exitCode = error instanceof WrongUse ? 2 : 3;
}
