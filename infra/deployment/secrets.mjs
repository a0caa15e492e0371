// Makes the passwords that docker-compose.yml hands over as files; those that are there stay. secrets.mjs [folder]
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = process.argv[2] ?? 'data/deployment/secrets';
// Their owner alone reaches the folder; the files must be readable to the users inside the containers, which are others.
mkdirSync(folder, { recursive: true, mode: 0o700 });
for (const name of ['postgres-owner', 'grafana-admin']) {
  const file = join(folder, name);
  if (!existsSync(file)) writeFileSync(file, randomBytes(24).toString('hex'), { mode: 0o444 });
}
console.log(`secrets in ${folder}`);
