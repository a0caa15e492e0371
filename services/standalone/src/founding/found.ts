import { foundOrganisation, type RpcClient } from '@toeverlaat/contracts';
import { bootstrapCaller } from '@toeverlaat/directory';
import type { Rejection } from '@toeverlaat/event-log';
import { systemClock } from '@toeverlaat/values';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compose } from '../compose.js';
import { patient } from '../demo/patient.js';
import { readSettings } from '../settings.js';
import type { FoundingRequest } from './file.js';

/** What became of one organisation of a file. */
export type Founded =
  | { readonly organisation: string; readonly outcome: 'founded' | 'known' }
  | { readonly organisation: string; readonly outcome: 'refused'; readonly rejection: Rejection };

/**
 * Founds organisations in order, over RPC as the installation itself. Ends at the first that is refused: a client after it
 * may lean on it. The same again changes nothing.
 */
export const foundAll = async (rpc: RpcClient, requests: readonly FoundingRequest[]): Promise<readonly Founded[]> => {
  const client = patient(rpc);
  const all: Founded[] = [];
  for (const { commandId, data } of requests) {
    const { organisation } = data;
    const reply = await client.command(
      foundOrganisation,
      { requestId: commandId, correlationId: commandId, caller: bootstrapCaller, purpose: 'operate', language: 'nl' },
      { commandId, data },
    );
    if (!reply.ok) {
      all.push({ organisation, outcome: 'refused', rejection: reply.rejection });
      return all;
    }
    all.push({ organisation, outcome: reply.repeated ? 'known' : 'founded' });
  }
  return all;
};

export type Rehearsal = {
  readonly founded: readonly Founded[];
  /** Clients whose contract leans on an external service that the file does not have: tried without it. */
  readonly withoutContract: readonly string[];
};

/** Founds the same in a product that keeps nothing: every rule is asked, and nothing of what stands is touched. */
export const rehearse = async (requests: readonly FoundingRequest[]): Promise<Rehearsal> => {
  const folder = mkdtempSync(join(tmpdir(), 'toeverlaat-rehearsal-'));
  try {
    const settings = readSettings(['--data', folder, '--port', '0', '--log-level', 'silent'], {});
    if (!settings.ok) throw new RangeError(settings.error.help);
    const product = await compose(settings.value, {
      memory: true,
      clock: systemClock,
      withoutDoor: true,
      timersEveryMs: 0,
    });
    try {
      const withoutContract: string[] = [];
      const known = new Set<string>();
      const tried = requests.map(({ commandId, data }) => {
        const { contract, ...alone } = data;
        known.add(data.organisation);
        if (contract === undefined || known.has(contract.provider)) return { commandId, data };
        withoutContract.push(data.organisation);
        return { commandId, data: alone };
      });
      return { founded: await foundAll(product.rpc, tried), withoutContract };
    } finally {
      await product.stop();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
