import type { EventLog } from '@toeverlaat/event-log';
import { serviceTable } from '@toeverlaat/standalone';
import { viewsCommand } from '@toeverlaat/views';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

export type ProcessViews = {
  /** Any role that may read the log: nothing is appended. */
  readonly log: EventLog;
  /** Folder of one process: `views/<service>/…` in it. */
  readonly data: string;
  /** Where cold replicas look for view files; undefined: nothing can be published without a folder. */
  readonly publishedViews?: string | undefined;
  readonly print: (line: string) => void;
};

/**
 * The operator's commands over the view files of one process of a deployment, beside it or while it is stopped; what it knows
 * no views of is left out. `publish` alone publishes every view to where cold replicas look.
 * @returns the exit code: 0 done, 1 a view failed or differs, 2 not understood
 */
export const processViews = async (words: readonly string[], options: ProcessViews): Promise<0 | 1 | 2> => {
  const { log, data, publishedViews, print } = options;
  const folder = join(data, 'views');
  const services = serviceTable
    .filter(({ name }) => existsSync(join(folder, name)))
    .map(({ name, views }) => ({ service: name, log, views }));
  if (services.length === 0) {
    print(`no views in ${folder}: a process that has run has a folder there for its service`);
    return 2;
  }
  const run = (args: readonly string[]) => viewsCommand(args, { folder, services, print });
  const [verb, target] = words;
  if (verb !== 'publish' || target !== undefined) return run(words);
  if (publishedViews === undefined) {
    print('publish: where to? publishedViews is not set, so name <service>/<view> <folder>');
    return 2;
  }
  let code: 0 | 1 | 2 = 0;
  for (const { service, views } of services)
    for (const { name, mode } of views) {
      if (mode === 'live') continue;
      const done = await run(['publish', `${service}/${name}`, join(publishedViews, service)]);
      if (done > code) code = done;
    }
  return code;
};
