// Servers that a test or a command started end with it, also when it is killed: a small process of its own holds the other
// end of a pipe, which the system closes with us. No native module; works the same on Linux and macOS.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('end-with-parent.sh', import.meta.url));

export const endWithParent = (folder) => {
  // A group of its own: what ends ours with one signal does not end who is to clean up.
  const watcher = spawn('sh', [script, ...(folder === undefined ? [] : [folder])], {
    cwd: '/',
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  // Without it everything is as if nobody watched.
  watcher.on('error', () => undefined);
  watcher.stdin.on('error', () => undefined);
  watcher.unref();
  watcher.stdin.unref?.();
  const tell = (line) => {
    if (watcher.stdin.writable) watcher.stdin.write(`${line}\n`);
  };
  return {
    holds: (pid, signal) => tell(`${signal} ${pid}`),
    gone: (pid) => tell(`gone ${pid}`),
    done: () => {
      if (watcher.stdin.writable) watcher.stdin.end('done\n');
    },
  };
};
