import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFileBlobStorage } from '@toeverlaat/sealing';
import { blobContract } from './blob-contract.js';

blobContract('files', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'toeverlaat-blobs-'));
  const file = (organisation: string, blob: string) => join(folder, organisation, blob.slice(0, 2), blob);
  return {
    storage: createFileBlobStorage(folder),
    again: async () => createFileBlobStorage(folder),
    everything: async (organisation) =>
      readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
        .filter((path) => path.startsWith(join(folder, organisation, '/'))),
    bytesOf: async (organisation, blob) => readFileSync(file(organisation, blob)),
    overwrite: async (organisation, blob, bytes) => writeFileSync(file(organisation, blob), bytes),
    dispose: async () => rmSync(folder, { recursive: true, force: true }),
  };
});
