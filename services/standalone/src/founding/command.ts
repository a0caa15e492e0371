import type { RpcClient } from '@toeverlaat/contracts';
import type { Rejection } from '@toeverlaat/event-log';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { WrongUse } from '../commands/command.js';
import { complain, say } from '../terminal.js';
import { readFoundings, type FoundingRequest } from './file.js';
import { foundAll, rehearse, type Founded } from './found.js';

/** The organisations of a file. @throws WrongUse naming every field that is wrong, and the rule */
export const foundingsOf = (path: string): readonly FoundingRequest[] => {
  const file = resolve(path);
  let text;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    throw new WrongUse(`--file: ${file} cannot be read`);
  }
  const requests = readFoundings(text);
  if (!requests.ok)
    throw new WrongUse(
      [
        `${file}: nothing was registered`,
        ...requests.error.map(({ field, rule, help }) => `  ${field} (${rule}): ${help}`),
      ].join('\n'),
    );
  return requests.value;
};

const whyOf = (rejection: Rejection): string => {
  switch (rejection.kind) {
    case 'InvalidInput':
      return `${rejection.field} (${rejection.rule})`;
    case 'RuleRefused': {
      const field = rejection.params?.['field'];
      const source = rejection.source === undefined ? '' : `, ${rejection.source}`;
      return `${field === undefined ? '' : `${field} `}(${rejection.code}${source})`;
    }
    case 'CommandIdReused':
      return 'it was registered with other content; what changes now, its administrator changes';
    case 'Unavailable':
      return `try later: ${rejection.detail}`;
    default:
      return rejection.kind;
  }
};

const described = ({ data }: FoundingRequest): string => {
  const counsellors = data.people.filter(({ counsellor }) => counsellor !== undefined).length;
  const mandates = data.contract?.mandates.length ?? 0;
  return [
    `${data.sites.length + 1} sites`,
    `${data.people.length + 1} people`,
    `${counsellors} counsellors of its own`,
    ...(data.contract === undefined ? [] : [`${mandates} mandates of ${data.contract.provider}`]),
  ].join(', ');
};

const told = (founded: readonly Founded[], requests: readonly FoundingRequest[], word: string): number => {
  for (const one of founded) {
    const request = requests.find(({ data }) => data.organisation === one.organisation);
    const what = request === undefined ? '' : described(request);
    if (one.outcome === 'refused')
      complain(`${one.organisation}: refused, nothing of it stands: ${whyOf(one.rejection)}`);
    else
      say(
        `${one.organisation}: ${one.outcome === 'known' ? 'is registered already, nothing changed' : `${word}: ${what}`}`,
      );
  }
  for (const { data } of requests.slice(founded.length)) complain(`${data.organisation}: not tried`);
  return founded.some(({ outcome }) => outcome === 'refused') ? 3 : 0;
};

/**
 * Registers the organisations of a file in a product that is reached by RPC.
 * @returns the exit code
 */
export const registerOrganisations = async (
  requests: readonly FoundingRequest[],
  open: () => Promise<{ readonly rpc: RpcClient; readonly close: () => Promise<void> | void }>,
): Promise<number> => {
  const { rpc, close } = await open();
  try {
    return told(await foundAll(rpc, requests), requests, 'registered');
  } finally {
    await close();
  }
};

/** Says what the file would come to. @returns the exit code */
export const rehearseOrganisations = async (requests: readonly FoundingRequest[]): Promise<number> => {
  const { founded, withoutContract } = await rehearse(requests);
  const code = told(founded, requests, 'would be registered');
  for (const organisation of withoutContract)
    say(`${organisation}: its external service is not in this file; the contract was not tried`);
  say('Nothing was written.');
  return code;
};
