// A reader that has seen enough (`| head`) is no fault, and must not take a running product down.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });

/** What commands print for people. Logs go another way: this is never given content. */
export const say = (line = ''): void => {
  process.stdout.write(`${line}\n`);
};

export const complain = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

const BAR = 30;

/** A progress bar on a terminal; elsewhere a line for each tenth. Beside the output, so that what is piped on is the answer alone. */
export const progressBar = (title: string, out: NodeJS.WriteStream = process.stderr) => {
  let tenth = -1;
  return (done: number, total: number): void => {
    const part = total === 0 ? 1 : done / total;
    if (out.isTTY) {
      const filled = Math.round(part * BAR);
      out.write(
        `\r${title} [${'#'.repeat(filled)}${'.'.repeat(BAR - filled)}] ${done}/${total}${part >= 1 ? '\n' : ''}`,
      );
      return;
    }
    const now = Math.floor(part * 10);
    if (now === tenth) return;
    tenth = now;
    out.write(`${title} ${done}/${total}\n`);
  };
};
