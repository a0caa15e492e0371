import { append } from './append.js';

const benches: Readonly<Record<string, () => Promise<void>>> = { append };

const wanted = process.argv.slice(2);
const unknown = wanted.find((name) => benches[name] === undefined);
if (unknown !== undefined || wanted.length === 0) {
  process.stderr.write(
    `${unknown === undefined ? '' : `no bench ${unknown}; `}benches: ${Object.keys(benches).join(', ')}\n`,
  );
  process.exitCode = 2;
} else {
  for (const name of wanted) await benches[name]?.();
}
