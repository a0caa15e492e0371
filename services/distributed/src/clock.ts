import { systemClock, type Clock, type Instant } from '@toeverlaat/values';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/u;

/**
 * A clock that every process of a host reads from one file: the demonstration's past is then the same moment in all of them,
 * with nobody to be told (ADR 29). Without a file it shows the present.
 */
export const fileClock = (file: string, present: Clock = systemClock): Clock => ({
  now: () => {
    let text: string;
    try {
      text = readFileSync(file, 'utf8');
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return present.now();
      throw error;
    }
    if (!INSTANT.test(text)) throw new TypeError(`${file} holds no instant`);
    return text;
  },
});

/** Sets the clock of every process that reads the file; undefined: the present again. */
export const setFileClock = (file: string, instant: Instant | undefined): void => {
  if (instant === undefined) {
    rmSync(file, { force: true });
    return;
  }
  // Under another name first: nobody reads half of it.
  const written = `${file}.${process.pid}`;
  writeFileSync(written, instant);
  renameSync(written, file);
};
