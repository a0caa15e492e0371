import type { EventLog, Position } from '@toeverlaat/event-log';
import { assertNever } from '@toeverlaat/values';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ViewDefinition } from './define.js';
import { isBefore, openFile, viewFile, ViewStopped, type Checkpoint } from './file.js';
import { hashRows } from './hash.js';
import { publishFile } from './publish.js';
import { rebuildAll } from './rebuild.js';
import type { RebuiltView } from './views.js';

/** The views of one service and the log they are made from. */
export type ServiceViews = {
  readonly service: string;
  readonly log: EventLog;
  readonly views: readonly ViewDefinition[];
};

export type ViewsCommandOptions = {
  /** Holds a folder per service. */
  readonly folder: string;
  readonly services: readonly ServiceViews[];
  readonly print: (line: string) => void;
  /** Rebuilds every service at once, where that is faster than one after the other. */
  readonly rebuildEvery?: () => Promise<
    readonly { readonly service: string; readonly views: readonly RebuiltView[] }[]
  >;
};

export const VIEWS_USAGE = `views status                              where each view is, and where its log ends
views rebuild [<service>[/<view>]]        builds from the log, switches, prints a hash per view
views hashes                              the hash of each file as it is
views check [<service>[/<view>]]          builds elsewhere up to where the file is, and compares the hashes
views publish <service>/<view> <folder>   writes a copy and its manifest for a cold replica`;

type Verb = 'status' | 'rebuild' | 'hashes' | 'check' | 'publish';
const isVerb = (word: string | undefined): word is Verb =>
  word !== undefined && ['status', 'rebuild', 'hashes', 'check', 'publish'].includes(word);

/** The services and views a word like `case` or `case/desk` names; all without one. */
const select = (services: readonly ServiceViews[], word: string | undefined): readonly ServiceViews[] => {
  if (word === undefined) return services;
  const [service, view] = word.split('/');
  return services
    .filter((entry) => entry.service === service)
    .map(({ log, views }) => ({
      service: service ?? '',
      log,
      views: view === undefined ? views : views.filter(({ name }) => name === view),
    }))
    .filter(({ views }) => views.length > 0);
};

/** The log as it was at a position. */
const upTo = (log: EventLog, position: Position): EventLog => ({
  ...log,
  readAll: async (options) => {
    const slice = await log.readAll(options);
    const events = slice.events.filter((event) => !isBefore(position, event.position));
    const cut = events.length < slice.events.length || (slice.next !== undefined && !isBefore(slice.next, position));
    return cut ? { events, next: position, atEnd: true } : slice;
  },
});

type Found = { readonly checkpoint: Checkpoint; readonly hash: string };

/** What a view's file holds; undefined when it has none that can be used. */
const look = async (folder: string, service: string, view: ViewDefinition): Promise<Found | undefined> => {
  const file = viewFile(folder, service, view);
  const opened = view.mode === 'async' && existsSync(file) ? openFile(view, file) : undefined;
  if (opened?.ok !== true) return undefined;
  const { database } = opened;
  try {
    database.db.exec('BEGIN');
    const found = { checkpoint: database.checkpoint(), hash: await hashRows(database.db, view) };
    database.db.exec('COMMIT');
    return found;
  } finally {
    database.close();
  }
};

const title = (service: string, view: ViewDefinition): string => `${service}/${view.name} v${view.version}`.padEnd(40);

/**
 * The operator's commands over view files. `rebuild`, `check` and `publish` work beside a running process: a running
 * file gets its rows in one transaction.
 * @returns the exit code: 0 done, 1 a view failed or differs, 2 not understood
 */
export const viewsCommand = async (args: readonly string[], options: ViewsCommandOptions): Promise<0 | 1 | 2> => {
  const { folder, print } = options;
  const [verb, target, toFolder] = args;
  const services = select(options.services, verb === 'status' || verb === 'hashes' ? undefined : target);
  if (!isVerb(verb) || (verb === 'publish' && (toFolder === undefined || !(target ?? '').includes('/')))) {
    print(VIEWS_USAGE);
    return 2;
  }
  if (services.length === 0) {
    print(
      `no view ${target ?? ''}; there are: ${options.services.map((entry) => `${entry.service}/{${entry.views.map((view) => view.name).join(',')}}`).join(' ')}`,
    );
    return 2;
  }
  let code: 0 | 1 = 0;
  const tell = (service: string, views: readonly ViewDefinition[], answers: readonly RebuiltView[]): void => {
    for (const { view: name, events, hash, seconds } of answers) {
      const view = views.find((one) => one.name === name);
      if (view !== undefined) print(`${title(service, view)} ${hash}  ${events} events  ${seconds.toFixed(2)} s`);
    }
  };
  try {
    if (verb === 'rebuild' && target === undefined && options.rebuildEvery !== undefined) {
      const started = performance.now();
      for (const { service, views: answers } of await options.rebuildEvery())
        tell(service, services.find((entry) => entry.service === service)?.views ?? [], answers);
      print(`every service in ${((performance.now() - started) / 1000).toFixed(2)} s`);
      return code;
    }
    for (const { service, log, views } of services)
      switch (verb) {
        case 'status': {
          const head = await log.head();
          for (const view of views) {
            const opened =
              view.mode === 'async' && existsSync(viewFile(folder, service, view))
                ? openFile(view, viewFile(folder, service, view))
                : undefined;
            const at = opened?.ok === true ? opened.database.checkpoint() : undefined;
            if (opened?.ok === true) opened.database.close();
            const state =
              view.mode === 'live'
                ? 'live, in memory'
                : opened === undefined
                  ? 'no file'
                  : opened.ok
                    ? `at ${at ?? 'the start'}`
                    : opened.error.detail;
            print(`${title(service, view)} ${state}; the log ends at ${head ?? 'its start'}`);
          }
          break;
        }
        case 'rebuild': {
          const started = performance.now();
          const answers = await rebuildAll({ log, folder, service, views });
          const total = (performance.now() - started) / 1000;
          tell(service, views, answers);
          print(`${service}: ${views.length} views in ${total.toFixed(2)} s`);
          break;
        }
        case 'hashes':
          for (const view of views)
            print(`${title(service, view)} ${(await look(folder, service, view))?.hash ?? 'no file'}`);
          break;
        case 'check': {
          const elsewhere = mkdtempSync(join(tmpdir(), 'views-check-'));
          try {
            for (const view of views) {
              const found = await look(folder, service, view);
              if (found?.checkpoint === undefined) {
                print(`${title(service, view)} no file to check`);
                continue;
              }
              const [again] = await rebuildAll({
                log: upTo(log, found.checkpoint),
                folder: elsewhere,
                service,
                views: [view],
              });
              const same = again?.hash === found.hash;
              if (!same) code = 1;
              print(
                `${title(service, view)} ${same ? 'same' : 'DIFFERS'} at ${found.checkpoint}: file ${found.hash}, log ${again?.hash ?? ''}`,
              );
            }
          } finally {
            rmSync(elsewhere, { recursive: true, force: true });
          }
          break;
        }
        case 'publish':
          for (const view of views) {
            const opened = openFile(view, viewFile(folder, service, view));
            if (!opened.ok) {
              print(`${title(service, view)} ${opened.error.detail}`);
              code = 1;
              continue;
            }
            try {
              const published = await publishFile(opened.database, toFolder ?? '');
              print(`${title(service, view)} ${published.hash}  ${published.file}`);
            } finally {
              opened.database.close();
            }
          }
          break;
        default:
          assertNever(verb);
      }
  } catch (error) {
    if (!(error instanceof ViewStopped)) throw error;
    print(error.message);
    return 1;
  }
  return code;
};
