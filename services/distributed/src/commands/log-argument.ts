import { logSchema, type LogSetting } from '../settings.js';

/**
 * A log as a command is told it: `sqlite:<file>`, or `env:<NAME>` of a variable that holds a connection, so that no password
 * stands in a list of processes.
 * @throws Error naming the flag, never what it holds
 */
export const logArgument = (flag: string, given: string | undefined): LogSetting => {
  const name = given?.startsWith('env:') === true ? given.slice('env:'.length) : undefined;
  const parsed = logSchema.safeParse(name === undefined ? given : process.env[name]);
  if (!parsed.success)
    throw new Error(`--${flag}: ${name === undefined ? 'sqlite:<file> or env:<NAME>' : `${name} holds no log`}`);
  if (name === undefined && parsed.data.kind !== 'sqlite')
    throw new Error(`--${flag}: put it into an environment variable and give env:<NAME>`);
  return parsed.data;
};
