import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { AnchorUnavailable, lineOf, missingAfter, recordsIn, type Anchor } from './port.js';

const run = promisify(execFile);

const FILE = 'seals.jsonl';
const TIMEOUT_MS = 60_000;
const MOST_BYTES = 256 * 1024 * 1024;

export type GitAnchorOptions = {
  /** Working folder of the repository; made when it is not there. */
  readonly folder: string;
  /** Where it is pushed and read back, e.g. a bare repository of the auditor's; without one, whoever pulls has the copy. */
  readonly remote?: string;
  readonly branch?: string;
  readonly name?: string;
};

/**
 * A git repository, by the git binary: history there is a chain of hashes that others pull, so a rewritten one does not
 * fast-forward. Never forces a push. Settings and hooks of the machine's users are left out.
 */
export const createGitAnchor = (options: GitAnchorOptions): Anchor => {
  const { folder, remote, branch = 'seals', name = 'git' } = options;
  const environment = {
    ...process.env,
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_AUTHOR_NAME: 'Toeverlaat',
    GIT_AUTHOR_EMAIL: 'evidence@toeverlaat.invalid',
    GIT_COMMITTER_NAME: 'Toeverlaat',
    GIT_COMMITTER_EMAIL: 'evidence@toeverlaat.invalid',
  };
  const git = async (...args: readonly string[]): Promise<string> => {
    try {
      const settings = ['-c', 'core.hooksPath=/dev/null', '-c', 'commit.gpgsign=false', '-c', 'gc.auto=0'];
      const { stdout } = await run('git', ['-C', folder, ...settings, ...args], {
        env: environment,
        timeout: TIMEOUT_MS,
        maxBuffer: MOST_BYTES,
      });
      return stdout;
    } catch (error) {
      // What git printed may hold an address or a name: the verb is enough.
      throw new AnchorUnavailable(name, `git ${args[0] ?? ''}`, { cause: error });
    }
  };

  const ready = async (): Promise<void> => {
    if (existsSync(join(folder, '.git'))) return;
    await mkdir(folder, { recursive: true });
    await git('init', '--quiet', `--initial-branch=${branch}`);
  };

  /** The commit that counts: the remote's where there is one. Undefined before the first. */
  const head = async (): Promise<string | undefined> => {
    await ready();
    if (remote === undefined) {
      const known = await git('for-each-ref', '--format=%(objectname)', `refs/heads/${branch}`);
      return known.trim() === '' ? undefined : known.trim();
    }
    const listed = await git('ls-remote', '--heads', remote, branch);
    const [commit = ''] = listed.split(/\s/);
    if (commit === '') return undefined;
    await git('fetch', '--quiet', remote, branch);
    return commit;
  };

  const textAt = async (commit: string | undefined): Promise<string> =>
    commit === undefined ? '' : git('show', `${commit}:${FILE}`);

  return {
    name,
    newest: async () => recordsIn(await textAt(await head())).at(-1),
    from: async (sequence) => recordsIn(await textAt(await head())).filter((record) => record.sequence >= sequence),
    append: async (records) => {
      const commit = await head();
      const text = await textAt(commit);
      const missing = missingAfter(name, recordsIn(text).at(-1), records);
      if (missing.length === 0) return;
      // From what counts, whatever a stopped append left in the folder.
      if (commit !== undefined) await git('reset', '--quiet', '--hard', commit);
      try {
        await writeFile(join(folder, FILE), `${text}${missing.map(lineOf).join('')}`);
      } catch (error) {
        throw new AnchorUnavailable(name, 'write', { cause: error });
      }
      await git('add', FILE);
      await git('commit', '--quiet', '--no-verify', '-m', `Seal ${missing.at(-1)?.sequence ?? 0}`);
      if (remote !== undefined) await git('push', '--quiet', remote, `HEAD:refs/heads/${branch}`);
    },
  };
};
